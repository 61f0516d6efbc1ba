import * as z from 'zod/mini';
import './messages.ts';

/** Well-formed, so that no two different strings become one when they are written as UTF-8. */
export const text = (maximum: number) =>
  z.string().check(
    z.minLength(1),
    z.maxLength(maximum),
    z.refine((value) => value.isWellFormed(), 'must be well-formed Unicode'),
  );

/** Cognito's own limit for a token in Logins (IdentityProviderToken). */
export const token = text(50_000);

/** Cognito's own rules, so that a bad one is named here (IdentityId, DeveloperUserIdentifier, PaginationKey). */
export const identityId = z
  .string()
  .check(z.maxLength(55), z.regex(/^[\w-]+:[0-9a-f-]+$/, 'must be a region, a colon and a UUID'));
export const developerUserIdentifier = text(1_024);
const nextToken = z.string().check(z.maxLength(65_535), z.regex(/^\S+$/, 'must be text without spaces'));

export const passwordCredentials = z.strictObject({
  username: text(256),
  // No minimum, no rules: those belong where a password is chosen. Long ones are welcome, endless ones are not.
  password: text(1_024),
});
const assertionCredentials = z.strictObject({
  /** A JWT of the app's own backend. */
  assertion: token,
});

export type PasswordCredentials = z.infer<typeof passwordCredentials>;
export type AssertionCredentials = z.infer<typeof assertionCredentials>;
export type Credentials = PasswordCredentials | AssertionCredentials;

/** Either kind of credentials, with the same members beside them. */
export const withCredentials = <Shape extends z.core.$ZodLooseShape>(others: Shape) =>
  z.union([
    z.strictObject({ ...passwordCredentials.shape, ...others }),
    z.strictObject({ ...assertionCredentials.shape, ...others }),
  ]);
export const credentials = withCredentials({});

/** Why a member of staff does it: goes into the audit. */
export const reason = text(500);

/** Values of a query are strings. Of those that JavaScript takes for numbers, 0x10, 1e1 and " 5" are none here. */
const queryNumber = (minimum: number, maximum: number) =>
  z.pipe(
    z.transform((text) => (/^\d+$/.test(String(text)) ? Number(text) : text)),
    z.int().check(z.gte(minimum), z.lte(maximum)),
  );

/** A page of a list. */
export const page = {
  maxResults: z._default(queryNumber(1, 60), 60),
  nextToken: z.optional(nextToken),
};

export const flag = z._default(z.boolean(), false);
/** A flag in a query. */
export const queryFlag = z._default(
  z.pipe(
    z.enum(['true', 'false']),
    z.transform((value) => value === 'true'),
  ),
  false,
);

export const dateTime = z.iso.datetime();
export const next = { nextToken: z.optional(z.string()) };

export const tokens = {
  identityId: z.string(),
  /** The OpenID token: for GetCredentialsForIdentity under the key `cognito-identity.amazonaws.com`. */
  token: z.string(),
  tokenExpiresAt: dateTime,
  identityPoolId: z.string(),
  region: z.string(),
  /** For one POST /refresh: it answers the next one. */
  refreshToken: z.string(),
  refreshTokenExpiresAt: dateTime,
};

/** Cognito takes ten logins in all; one is the developer provider's. */
export const maxPublicLogins = 9;

/** Public provider → its token. */
export const publicLogins = z
  .record(text(128), token)
  .check(
    z.refine((logins) => Object.keys(logins).length <= maxPublicLogins, `at most ${maxPublicLogins} logins`),
  );

export const loginOptions = {
  /** A Cognito token of the guest identity that the user wants to keep. An identityId would prove nothing. */
  guestToken: z.optional(token),
  logins: z.optional(publicLogins),
  durationSeconds: z._default(z.int().check(z.gte(60), z.lte(86_400)), 900),
};

export const identity = z.strictObject({
  identityId: z.string(),
  /** Provider names. */
  logins: z.array(z.string()),
  creationDate: dateTime,
  lastModifiedDate: dateTime,
});

export const auditEntry = z.strictObject({
  at: dateTime,
  action: z.enum(['identity.merged', 'identity.unlinked', 'identity.deleted', 'sessions.ended']),
  identityId: z.string(),
  sourceIdentityId: z.optional(z.string()),
  destinationIdentityId: z.optional(z.string()),
  developerUserIdentifier: z.optional(z.string()),
  actor: z.string(),
  reason: z.optional(z.string()),
  outcome: z.enum(['done', 'refused']),
  requestId: z.string(),
});

export const merged = z.strictObject({
  /** The identity that both users have now: the destination's. */
  identityId: z.string(),
  /** The identity that the source had. Data that is keyed by it is to be moved. */
  sourceIdentityId: z.string(),
  outcome: z.enum(['merged', 'already-merged', 'would-merge']),
});
