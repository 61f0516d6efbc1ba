/** What the service is to do, without a service: identities, their users, sessions and audit in a few maps. */
export interface Model {
  /** Identity → its users. One that was merged stays, without users; a deleted one does not. */
  identities: Map<string, Set<string>>;
  /** User → the refresh tokens that are good. */
  sessions: Map<string, Set<string>>;
  /** Identity → what happened to it, oldest first: action and whose doing it was. */
  audit: Map<string, string[]>;
}

export const newModel = (): Model => ({ identities: new Map(), sessions: new Map(), audit: new Map() });

export const identityOf = ({ identities }: Model, user: string): string | undefined =>
  [...identities].find(([, users]) => users.has(user))?.[0];

export const usersOf = ({ identities }: Model, identityId: string): string[] =>
  [...(identities.get(identityId) ?? [])].sort();

export const signedIn = (model: Model, user: string, identityId: string, refreshToken: string) => {
  const users = model.identities.get(identityId) ?? new Set();
  model.identities.set(identityId, users.add(user));
  const sessions = model.sessions.get(user) ?? new Set();
  model.sessions.set(user, sessions.add(refreshToken));
};

export const endSessions = ({ sessions }: Model, user: string) => sessions.delete(user);

const record = ({ audit }: Model, identityId: string, entry: string) =>
  audit.set(identityId, [...(audit.get(identityId) ?? []), entry]);

/** What the service is to answer. */
interface Outcome {
  status: number;
  code?: string;
}
const problem = (status: number, code: string): Outcome => ({ status, code });

export const merge = (model: Model, source: string, destination: string, actor: string): Outcome => {
  const [from, to] = [identityOf(model, source), identityOf(model, destination)];
  if (!from || !to) return problem(404, 'identity_not_found');
  if (from === to) return { status: 200 };
  for (const user of usersOf(model, from)) model.identities.get(to)?.add(user);
  model.identities.get(from)?.clear();
  endSessions(model, source);
  for (const id of [from, to]) record(model, id, `identity.merged ${actor}`);
  return { status: 200 };
};

export const unlink = (
  model: Model,
  identityId: string | undefined,
  user: string,
  allowLastLogin: boolean,
  actor: string,
): Outcome => {
  const users = identityId === undefined ? undefined : model.identities.get(identityId);
  if (!users || identityId === undefined) return problem(404, 'identity_not_found');
  if (!users.has(user)) return problem(409, 'identity_mismatch');
  if (!allowLastLogin && users.size < 2) return problem(409, 'last_login');
  users.delete(user);
  endSessions(model, user);
  record(model, identityId, `identity.unlinked ${actor}`);
  return { status: 204 };
};

export const remove = (model: Model, identityId: string, actor: string): Outcome => {
  if (!model.identities.has(identityId)) return problem(404, 'identity_not_found');
  for (const user of usersOf(model, identityId)) endSessions(model, user);
  model.identities.delete(identityId);
  record(model, identityId, `identity.deleted ${actor}`);
  return { status: 204 };
};

export const endedByStaff = (model: Model, user: string, actor: string): Outcome => {
  endSessions(model, user);
  const identityId = identityOf(model, user);
  if (identityId) record(model, identityId, `sessions.ended ${actor}`);
  return { status: 204 };
};
