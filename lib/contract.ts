import * as z from 'zod/mini';
import type { ProblemCode } from './problem.ts';
import {
  auditEntry,
  credentials,
  dateTime,
  developerUserIdentifier,
  flag,
  identity,
  identityId,
  loginOptions,
  merged,
  next,
  page,
  queryFlag,
  reason,
  text,
  tokens,
  withCredentials,
} from './schemas.ts';

/** What a member of staff's token must grant. */
export type Scope = 'identities:read' | 'identities:write' | 'identities:delete';

/** A route of the API. Everything that is said of it elsewhere is derived from here or tested against it. */
export interface Route {
  /** Also the file in functions/ and the function in serverless.yml. */
  name: string;
  method: 'GET' | 'POST' | 'DELETE';
  path: `/${string}`;
  summary: string;
  /** What the summary has no room for. */
  description?: string;
  /** Anyone, an app user with a Cognito token of this pool, or staff with a scope. */
  caller: 'anyone' | 'user' | Scope;
  /** Whether an Idempotency-Key header makes it safe to send again. */
  idempotent?: boolean;
  params?: z.ZodMiniObject;
  query?: z.ZodMiniObject;
  body?: z.ZodMiniType;
  /** The answer's body with status 200; without one it is 204. */
  answer?: z.ZodMiniType;
  /** What it can answer besides what every route can: see `commonProblems`. */
  problems: readonly ProblemCode[];
}

/** Bytes. Ten tokens fit; nobody needs more, and JSON is parsed before anyone is authenticated. */
export const maxBodyBytes = 128 * 1024;

/** What a client may choose as its key: 1 to 255 visible ASCII characters. */
export const idempotencyKeyPattern = /^[!-~]{1,255}$/;

/** A route may take a body and go without it. */
export const needsBody = ({ body }: Route): boolean =>
  body !== undefined && !body.safeParse(undefined).success;

/** Checks a route and keeps its schemas' types, which an annotation would lose. */
const route = <const R extends Route>(of: R): R => of;

/** What any route may answer. */
export const commonProblems = [
  'invalid_request',
  'internal_error',
  'timed_out',
] as const satisfies ProblemCode[];

const body = ['invalid_json', 'body_too_large', 'unsupported_media_type'] as const;
const cognito = ['cognito_misconfigured', 'cognito_throttled', 'cognito_unavailable'] as const;
const table = ['table_unavailable'] as const;
const signIn = ['invalid_credentials', 'too_many_attempts', 'backend_unavailable'] as const;
const user = ['unauthorized', 'cognito_unavailable'] as const;
const staff = ['unauthorized', 'insufficient_scope', 'staff_issuer_unavailable'] as const;
const idempotent = ['idempotency_key_reused', 'idempotency_in_progress'] as const;
const change = ['identity_not_found', 'identity_disabled', 'change_in_progress'] as const;
const merging = [...change, 'too_many_logins', 'provider_conflict'] as const;

export const routes = {
  login: route({
    name: 'login',
    method: 'POST',
    path: '/login',
    summary: 'Exchange the credentials of your own accounts for a Cognito token, and start a session',
    caller: 'anyone',
    body: withCredentials(loginOptions),
    answer: z.strictObject({
      ...tokens,
      /** Present when a guestToken was sent. */
      guest: z.optional(z.enum(['linked', 'kept-separate'])),
    }),
    problems: [
      ...body,
      ...signIn,
      'invalid_guest_token',
      'invalid_principal_tags',
      'invalid_login_token',
      'identity_disabled',
      'identity_conflict',
      ...cognito,
      ...table,
    ],
  }),
  refresh: route({
    name: 'refresh',
    method: 'POST',
    path: '/refresh',
    summary: 'Exchange a refresh token for a new Cognito token and the next refresh token',
    caller: 'anyone',
    body: z.strictObject({ refreshToken: text(512) }),
    answer: z.strictObject(tokens),
    problems: [
      ...body,
      'invalid_refresh_token',
      'invalid_principal_tags',
      'identity_disabled',
      'backend_unavailable',
      ...cognito,
      ...table,
    ],
  }),
  logout: route({
    name: 'logout',
    method: 'POST',
    path: '/logout',
    summary: 'End a session, or all sessions of its user',
    caller: 'anyone',
    body: z.strictObject({ refreshToken: text(512), everywhere: flag }),
    problems: [...body, ...table],
  }),
  account: route({
    name: 'account',
    method: 'GET',
    path: '/account',
    summary: 'Your identity, and the logins that are linked to it',
    caller: 'user',
    answer: z.strictObject({
      identityId: z.string(),
      developerUserIdentifiers: z.array(z.string()),
      publicProviders: z.array(z.string()),
      creationDate: dateTime,
      lastModifiedDate: dateTime,
    }),
    problems: [
      ...user,
      'identity_not_found',
      'identity_disabled',
      'cognito_misconfigured',
      'cognito_throttled',
    ],
  }),
  'merge-accounts': route({
    name: 'merge-accounts',
    method: 'POST',
    path: '/account/merge',
    summary: 'Merge one of your accounts into another, with the credentials of both',
    description: 'Both are tried before anything is answered: `errors` names each one that is not valid.',
    caller: 'anyone',
    idempotent: true,
    body: z.strictObject({ source: credentials, destination: credentials, dryRun: flag }),
    answer: merged,
    problems: [...body, ...signIn, ...merging, ...idempotent, ...cognito, ...table],
  }),
  'unlink-account': route({
    name: 'unlink-account',
    method: 'POST',
    path: '/account/unlink',
    summary: 'Unlink one of your logins, with fresh credentials',
    description:
      "Any login of your identity: once two accounts are merged, each one's credentials unlink the other. The audit and the event name the account whose credentials were sent as actor.",
    caller: 'anyone',
    idempotent: true,
    body: z.strictObject({ credentials, developerUserIdentifier }),
    problems: [
      ...body,
      ...signIn,
      ...change,
      'identity_mismatch',
      'last_login',
      ...idempotent,
      ...cognito,
      ...table,
    ],
  }),
  lookup: route({
    name: 'lookup',
    method: 'GET',
    path: '/lookup',
    summary:
      'The identity of a developer user identifier, or the identifiers of an identity. Never makes one',
    caller: 'identities:read',
    query: z.strictObject({
      identityId: z.optional(identityId),
      developerUserIdentifier: z.optional(developerUserIdentifier),
      ...page,
    }),
    answer: z.strictObject({
      identityId: z.string(),
      developerUserIdentifiers: z.array(z.string()),
      ...next,
    }),
    problems: [...staff, 'identity_not_found', 'identity_mismatch', 'identity_disabled', ...cognito],
  }),
  merge: route({
    name: 'merge',
    method: 'POST',
    path: '/merge',
    summary: 'Merge the identity of one user into that of another',
    caller: 'identities:write',
    idempotent: true,
    body: z.strictObject({
      sourceUserIdentifier: developerUserIdentifier,
      destinationUserIdentifier: developerUserIdentifier,
      reason,
      dryRun: flag,
    }),
    answer: merged,
    problems: [...body, ...staff, ...merging, ...idempotent, ...cognito, ...table],
  }),
  unlink: route({
    name: 'unlink',
    method: 'POST',
    path: '/unlink',
    summary: 'Unlink a developer user identifier from an identity',
    caller: 'identities:write',
    idempotent: true,
    body: z.strictObject({ identityId, developerUserIdentifier, reason, allowLastLogin: flag }),
    problems: [
      ...body,
      ...staff,
      ...change,
      'identity_mismatch',
      'last_login',
      ...idempotent,
      ...cognito,
      ...table,
    ],
  }),
  'list-identities': route({
    name: 'list-identities',
    method: 'GET',
    path: '/identities',
    summary: 'All identities of the pool',
    caller: 'identities:read',
    query: z.strictObject({ ...page, hideDisabled: queryFlag }),
    answer: z.strictObject({ identities: z.array(identity), ...next }),
    problems: [...staff, ...cognito],
  }),
  'describe-identity': route({
    name: 'describe-identity',
    method: 'GET',
    path: '/identities/{identityId}',
    summary: 'One identity',
    caller: 'identities:read',
    params: z.strictObject({ identityId }),
    answer: identity,
    problems: [...staff, 'identity_not_found', 'identity_disabled', ...cognito],
  }),
  'delete-identity': route({
    name: 'delete-identity',
    method: 'DELETE',
    path: '/identities/{identityId}',
    summary: 'Erase an identity, its links and its sessions',
    caller: 'identities:delete',
    idempotent: true,
    params: z.strictObject({ identityId }),
    body: z.strictObject({ reason }),
    problems: [...body, ...staff, ...change, ...idempotent, ...cognito, ...table],
  }),
  'end-sessions': route({
    name: 'end-sessions',
    method: 'DELETE',
    path: '/sessions/{developerUserIdentifier}',
    summary: 'End every session of a user',
    caller: 'identities:write',
    idempotent: true,
    params: z.strictObject({ developerUserIdentifier }),
    body: z.optional(z.strictObject({ reason: z.optional(reason) })),
    problems: [...body, ...staff, ...idempotent, ...cognito, ...table],
  }),
  audit: route({
    name: 'audit',
    method: 'GET',
    path: '/audit/{identityId}',
    summary: 'What happened to an identity, newest first',
    caller: 'identities:read',
    params: z.strictObject({ identityId }),
    query: z.strictObject(page),
    answer: z.strictObject({ entries: z.array(auditEntry), ...next }),
    problems: [...staff, ...table],
  }),
  health: route({
    name: 'health',
    method: 'GET',
    path: '/health',
    summary: 'Whether the service, its table and its identity pool answer',
    caller: 'anyone',
    answer: z.strictObject({ version: z.string(), table: z.literal('ok'), identityPool: z.literal('ok') }),
    problems: ['unhealthy'],
  }),
};

type Inferred<Member extends string, R> = R extends { [K in Member]: infer Schema extends z.ZodMiniType }
  ? z.infer<Schema>
  : unknown;

/** Path, query and body members in one: no route has the same name in two of them. */
export type Input<R extends Route> = Inferred<'params', R> & Inferred<'query', R> & Inferred<'body', R>;
export type Answer<R extends Route> = R extends { answer: infer Schema extends z.ZodMiniType }
  ? z.infer<Schema>
  : undefined;
