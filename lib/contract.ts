import * as z from 'zod/mini';
import './messages.ts';
import type { ProblemCode } from './problem.ts';

/** A route of the API. Everything that is said of it elsewhere is derived from here or tested against it. */
export interface Route<
  Body extends z.ZodMiniType = z.ZodMiniType,
  Answer extends z.ZodMiniType = z.ZodMiniType,
> {
  /** Also the file in functions/ and the function in serverless.yml. */
  name: string;
  method: 'GET' | 'POST' | 'DELETE';
  path: `/${string}`;
  request: { body: Body };
  response: { status: number; body: Answer };
  /** What it can answer besides what every route can: see `commonProblems`. */
  problems: readonly ProblemCode[];
}

/** Keeps the schema's types, which an annotation would lose. */
const route = <Body extends z.ZodMiniType, Answer extends z.ZodMiniType>(of: Route<Body, Answer>) => of;

/** What any route may answer. */
export const commonProblems = [
  'invalid_json',
  'invalid_request',
  'body_too_large',
  'unsupported_media_type',
  'internal_error',
  'timed_out',
] as const satisfies ProblemCode[];

/** Bytes. Ten tokens fit; nobody needs more, and JSON is parsed before anyone is authenticated. */
export const maxBodyBytes = 128 * 1024;

/** Well-formed, so that no two different strings become one when they are written as UTF-8. */
const text = (maximum: number) =>
  z.string().check(
    z.minLength(1),
    z.maxLength(maximum),
    z.refine((value) => value.isWellFormed(), 'must be well-formed Unicode'),
  );
/** Cognito's own limit for a token in Logins (IdentityProviderToken). */
const token = text(50_000);

const passwordCredentials = {
  username: text(256),
  // No minimum, no rules: those belong where a password is chosen. Long ones are welcome, endless ones are not.
  password: text(1_024),
};
const assertionCredentials = {
  /** A JWT of the app's own backend. */
  assertion: token,
};

const loginOptions = {
  /** A Cognito token of the guest identity that the user wants to keep. An identityId would prove nothing. */
  guestToken: z.optional(token),
  /** Public provider → its token. Cognito takes ten logins in all; one is the developer provider's. */
  logins: z.optional(
    z
      .record(text(128), token)
      .check(z.refine((logins) => Object.keys(logins).length <= 9, 'at most 9 logins')),
  ),
  durationSeconds: z._default(z.int().check(z.gte(60), z.lte(86_400)), 900),
};

const LoginBody = z.union([
  z.strictObject({ ...passwordCredentials, ...loginOptions }),
  z.strictObject({ ...assertionCredentials, ...loginOptions }),
]);

const LoginAnswer = z.strictObject({
  identityId: z.string(),
  /** The OpenID token: for GetCredentialsForIdentity under the key `cognito-identity.amazonaws.com`. */
  token: z.string(),
  tokenExpiresAt: z.iso.datetime(),
  identityPoolId: z.string(),
  region: z.string(),
  /** Present when a guestToken was sent. */
  guest: z.optional(z.enum(['linked', 'kept-separate'])),
});

export const routes = {
  login: route({
    name: 'login',
    method: 'POST',
    path: '/login',
    request: { body: LoginBody },
    response: { status: 200, body: LoginAnswer },
    problems: [
      'invalid_credentials',
      'invalid_guest_token',
      'invalid_login_token',
      'identity_disabled',
      'identity_conflict',
      'backend_unavailable',
      'cognito_misconfigured',
      'cognito_throttled',
      'cognito_unavailable',
      'table_unavailable',
    ],
  }),
};

export type Input<R> = R extends Route<infer Body, z.ZodMiniType> ? z.infer<Body> : never;
export type Answer<R> = R extends Route<z.ZodMiniType, infer Answer> ? z.infer<Answer> : never;

export type PasswordCredentials = Record<keyof typeof passwordCredentials, string>;
export type AssertionCredentials = Record<keyof typeof assertionCredentials, string>;
export type Credentials = PasswordCredentials | AssertionCredentials;
