import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { Model } from './model.ts';
import * as model from './model.ts';

export interface Answer {
  status: number;
  body: Record<string, string>;
}

export interface Service {
  call: (method: string, path: string, body?: object, headers?: Record<string, string>) => Promise<Answer>;
  assertion: (user: string) => Promise<string>;
  /** Looks everything up, and compares it with the model. */
  assertAgrees: (model: Model) => Promise<void>;
}

type Command = fc.AsyncCommand<Model, Service>;

/** A command that is always possible; its parameters are printed when it is part of a failure. */
const command = (name: string, run: (of: Model, service: Service) => Promise<void>): Command => ({
  check: () => true,
  run,
  toString: () => name,
});

const reason = 'a test';
const staff = 'staff:staff';

const assertOutcome = ({ status, body }: Answer, expected: { status: number; code?: string }) =>
  assert.deepEqual([status, body.code], [expected.status, expected.code]);

/** Sends a change twice under one key: the second is no other change, and has the same answer. */
const twice = async (
  { call }: Service,
  method: string,
  path: string,
  body: object | undefined,
  expected: () => { status: number; code?: string },
): Promise<Answer> => {
  const key = { 'idempotency-key': randomUUID() };
  const answer = await call(method, path, body, key);
  assertOutcome(answer, expected());
  if (answer.status < 400) assert.deepEqual(await call(method, path, body, key), answer);
  return answer;
};

const login = (user: string) =>
  command(`login ${user}`, async (m, { call, assertion }) => {
    const { status, body } = await call('POST', '/login', { assertion: await assertion(user) });
    assert.equal(status, 200);
    const { identityId = '', refreshToken = '' } = body;
    const known = model.identityOf(m, user);
    if (known) assert.equal(identityId, known);
    else assert.ok(!m.identities.has(identityId) && !m.audit.has(identityId), 'a new identity');
    model.signedIn(m, user, identityId, refreshToken);
  });

const refresh = (user: string) =>
  command(`refresh ${user}`, async (m, { call }) => {
    for (const refreshToken of m.sessions.get(user) ?? []) {
      const { status, body } = await call('POST', '/refresh', { refreshToken });
      assert.equal(status, 200);
      assert.equal(body.identityId, model.identityOf(m, user));
      m.sessions.get(user)?.delete(refreshToken);
      m.sessions.get(user)?.add(body.refreshToken ?? '');
      return;
    }
  });

const logout = (user: string, everywhere: boolean) =>
  command(`logout ${user}${everywhere ? ' everywhere' : ''}`, async (m, { call }) => {
    const [refreshToken] = m.sessions.get(user) ?? [];
    if (!refreshToken) return;
    assert.equal((await call('POST', '/logout', { refreshToken, everywhere })).status, 204);
    if (everywhere) model.endSessions(m, user);
    else m.sessions.get(user)?.delete(refreshToken);
  });

const merge = (sourceUserIdentifier: string, destinationUserIdentifier: string) =>
  command(`merge ${sourceUserIdentifier} ${destinationUserIdentifier}`, async (m, service) => {
    const body = { sourceUserIdentifier, destinationUserIdentifier, reason };
    await twice(service, 'POST', '/merge', body, () =>
      model.merge(m, sourceUserIdentifier, destinationUserIdentifier, staff),
    );
  });

const mergeAccounts = (source: string, destination: string) =>
  command(`merge accounts ${source} ${destination}`, async (m, service) => {
    const body = {
      source: { assertion: await service.assertion(source) },
      destination: { assertion: await service.assertion(destination) },
    };
    await twice(service, 'POST', '/account/merge', body, () =>
      model.merge(m, source, destination, `user:${destination}`),
    );
  });

/** From the identity of `of`. */
const unlink = (user: string, of: string, allowLastLogin: boolean) =>
  command(`unlink ${user} from ${of}'s${allowLastLogin ? ', the last too' : ''}`, async (m, service) => {
    const identityId = model.identityOf(m, of);
    if (!identityId) return;
    const body = { identityId, developerUserIdentifier: user, reason, allowLastLogin };
    await twice(service, 'POST', '/unlink', body, () =>
      model.unlink(m, identityId, user, allowLastLogin, staff),
    );
  });

const unlinkAccount = (user: string, other: string) =>
  command(`${user} unlinks ${other}`, async (m, service) => {
    const body = {
      credentials: { assertion: await service.assertion(user) },
      developerUserIdentifier: other,
    };
    await twice(service, 'POST', '/account/unlink', body, () =>
      model.unlink(m, model.identityOf(m, user), other, false, `user:${user}`),
    );
  });

const remove = (user: string) =>
  command(`delete ${user}'s identity`, async (m, service) => {
    const identityId = model.identityOf(m, user);
    if (!identityId) return;
    await twice(service, 'DELETE', `/identities/${identityId}`, { reason }, () =>
      model.remove(m, identityId, staff),
    );
  });

const endSessions = (user: string) =>
  command(`end ${user}'s sessions`, async (m, service) => {
    await twice(service, 'DELETE', `/sessions/${user}`, undefined, () => model.endedByStaff(m, user, staff));
  });

const look = command('look', (m, { assertAgrees }) => assertAgrees(m));

export const commandsFor = (users: string[]): fc.Arbitrary<Iterable<Command>> => {
  const user = fc.constantFrom(...users);
  return fc.commands(
    [
      user.map(login),
      user.map(login),
      user.map(refresh),
      fc.tuple(user, fc.boolean()).map((args) => logout(...args)),
      fc.tuple(user, user).map((args) => merge(...args)),
      fc.tuple(user, user).map((args) => mergeAccounts(...args)),
      fc.tuple(user, user, fc.boolean()).map((args) => unlink(...args)),
      fc.tuple(user, user).map((args) => unlinkAccount(...args)),
      user.map(remove),
      user.map(endSessions),
      fc.constant(look),
    ],
    { maxCommands: 20, size: 'max' },
  );
};
