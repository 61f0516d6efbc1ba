import * as z from 'zod/mini';
import { type Route, routes } from './contract.ts';
import {
  auditEntry,
  credentials,
  developerUserIdentifier,
  identity,
  identityId,
  maxPublicLogins,
  merged,
  publicLogins,
  reason,
  token,
} from './schemas.ts';

// Of the build only: no function carries what is said here (a test looks).

export interface JsonSchema {
  [keyword: string]: unknown;
  properties?: Record<string, JsonSchema>;
  required?: string[];
}

/** What a member is, by its name; by `Component.name` where it is something else in one place. */
export const descriptions: Record<string, string> = {
  username: 'What the user types',
  password: 'What the user types',
  assertion: "A JWT of the app's own backend, for the user",
  guestToken:
    'A Cognito token of the guest identity that the user wants to keep. Its identityId would prove nothing',
  durationSeconds: 'How long the Cognito token is to live. The service may make it shorter',
  logins: 'The names of the providers that are linked',
  'LoginRequest.logins': 'Public provider → its token: to link too, where the service takes that provider',
  identityId: 'An identity of the pool: its region, a colon and a UUID',
  token: 'For GetCredentialsForIdentity, under the key cognito-identity.amazonaws.com in Logins',
  tokenExpiresAt: 'Until when that token is good',
  identityPoolId: 'The identity pool',
  region: "The identity pool's region",
  refreshToken: 'For one POST /refresh, which answers the next one. Sent again later, it ends the session',
  'LogoutRequest.refreshToken': 'The last one of the session that is to end',
  refreshTokenExpiresAt: 'Until when it is good, if nobody ends the session before',
  guest: "Present when a guestToken was sent: whether the guest's identity is the user's now",
  everywhere: 'Ends every session of the user, not only this one',
  developerUserIdentifiers: "The user ids of the app's own accounts that are linked",
  developerUserIdentifier: "A user id of the app's own accounts",
  publicProviders: 'The public providers that are linked',
  creationDate: 'When Cognito made the identity',
  lastModifiedDate: 'When its logins changed last',
  source: 'The account whose identity goes',
  destination: 'The account whose identity stays',
  sourceUserIdentifier: 'The user whose identity goes',
  destinationUserIdentifier: 'The user whose identity stays',
  dryRun: 'Only answers what would happen. It uses no Idempotency-Key up',
  'Merged.identityId': "The identity that both users have now: the destination's",
  sourceIdentityId:
    'The identity that the source had. Data that is kept under it is to be moved. With already-merged it is identityId: the audit of that one knows the former one',
  outcome: 'How it went: done or refused',
  'Merged.outcome': 'already-merged: both had the same identity before. would-merge: a dry run',
  credentials: 'Fresh credentials of the account that is asking',
  'UnlinkAccountRequest.developerUserIdentifier': 'The one to unlink: one of the same identity',
  reason: 'Why it is done. It is kept in the audit',
  allowLastLogin: 'Unlinks even the last login: nobody can use the identity after that',
  hideDisabled: 'Leaves out identities that were merged into others or unlinked. false if left out',
  maxResults: 'How many to answer at most. 60 if left out',
  nextToken: "The next page's: there is one more while this is present",
  'query.identityId': 'The identity. This or developerUserIdentifier is needed; both ask whether they match',
  'query.nextToken': "The page's, from the answer before, with the same parameters otherwise",
  identities: 'One page of them',
  entries: 'One page of them, newest first',
  at: 'When it began',
  action: 'identity.merged, identity.unlinked, identity.deleted or sessions.ended',
  'AuditEntry.sourceIdentityId': 'Of a merge: the identity that went',
  destinationIdentityId: 'Of a merge: the identity that the data of the other belongs to now',
  actor: "Whose doing: staff:<the token's subject> or user:<a developer user identifier>",
  requestId: "The request's, as in the log",
  version: "The service's",
  table: 'The table answers',
  identityPool: 'The identity pool answers, and has the developer provider',
};

export const pascal = (name: string) => name.replace(/(?:^|[-_])(\w)/g, (_, first) => first.toUpperCase());

/** Apart: a member with a default may be left out of a request, and is in every answer. */
const requests = z.registry<{ id: string }>();
const answers = z.registry<{ id: string }>();
type Registry = typeof requests;

// Zod's converter can't read a check that is a function.
z.globalRegistry.add(publicLogins, { maxProperties: maxPublicLogins });

/** Gives a schema its name, if it has none yet: some are of several routes. */
const name = (registry: Registry, id: string, schema: z.ZodMiniType | undefined) => {
  if (schema && !registry.has(schema)) registry.add(schema, { id });
};

name(requests, 'Credentials', credentials);
name(requests, 'DeveloperUserIdentifier', developerUserIdentifier);
name(requests, 'IdentityId', identityId);
name(requests, 'Reason', reason);
name(requests, 'Token', token);
name(answers, 'AuditEntry', auditEntry);
name(answers, 'Identity', identity);
name(answers, 'Merged', merged);
name(answers, 'Tokens', routes.refresh.answer);
for (const route of Object.values<Route>(routes)) {
  name(requests, `${route.name} query`, route.query);
  name(requests, `${route.name} path`, route.params);
  name(requests, `${pascal(route.name)}Request`, route.body);
  name(answers, `${pascal(route.name)}Answer`, route.answer);
}

const ref = (id: string) => `#/components/schemas/${id}`;

/** Called for every value of a component's schema, from the inside out. */
const polish = (component: string, io: 'input' | 'output') => (key: string, value: unknown) => {
  if (key === '$schema' || key === '$id') return undefined;
  // A client is to live with members that a later version adds; the service takes none that it doesn't know.
  if (key === 'additionalProperties' && value === false && io === 'output') return undefined;
  if (key === 'properties') return described(component, value as Record<string, JsonSchema>);
  // The format says it; the pattern is a page of days of months.
  if (isSchema(value) && value.format === 'date-time') return { ...value, pattern: undefined };
  return value;
};

const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null;

const described = (component: string, properties: Record<string, JsonSchema>) =>
  Object.fromEntries(
    Object.entries(properties).map(([member, schema]) => [
      member,
      { description: descriptionOf(component, member), ...schema },
    ]),
  );

const descriptionOf = (component: string, member: string) =>
  descriptions[`${component.split(' ').at(-1)}.${member}`] ?? descriptions[member];

const toJsonSchemas = (registry: Registry, io: 'input' | 'output'): [string, JsonSchema][] =>
  Object.entries(z.toJSONSchema(registry, { io, uri: ref, target: 'draft-2020-12' }).schemas).map(
    ([id, schema]) => [id, JSON.parse(JSON.stringify(schema), polish(id, io))],
  );

const all = new Map([...toJsonSchemas(requests, 'input'), ...toJsonSchemas(answers, 'output')]);

/** components/schemas, but for the problems'. */
export const componentSchemas = Object.fromEntries([...all].filter(([id]) => !id.includes(' ')).sort());

/** The parameters of a route's path or query. */
export const parametersOf = ({ name: routeName }: Route, place: 'path' | 'query') => {
  const { properties = {}, required = [] } = all.get(`${routeName} ${place}`) ?? {};
  return Object.entries(properties).map(([parameter, { description, ...schema }]) => ({
    name: parameter,
    in: place,
    required: required.includes(parameter),
    description,
    schema,
  }));
};

export const requestRef = (body: z.ZodMiniType) => ({ $ref: ref(requests.get(body)?.id ?? '') });
export const answerRef = (answer: z.ZodMiniType) => ({ $ref: ref(answers.get(answer)?.id ?? '') });
