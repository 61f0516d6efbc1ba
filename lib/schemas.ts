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
export const identityId = z.string().check(z.maxLength(55), z.regex(/^[\w-]+:[0-9a-f-]+$/));
export const developerUserIdentifier = text(1_024);
const nextToken = z.string().check(z.maxLength(65_535), z.regex(/^\S+$/));

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

/** A page of a list. Values of a query are strings. */
export const page = {
  maxResults: z._default(z.coerce.number().check(z.int(), z.gte(1), z.lte(60)), 60),
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
