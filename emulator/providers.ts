import { readFileSync } from 'node:fs';
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  type JSONWebKeySet,
  type JWTPayload,
  type JWTVerifyGetKey,
} from 'jose';
import type { Context } from './context.ts';
import { AwsError } from './errors.ts';
import type { Proof } from './linking.ts';
import type { Pool } from './store.ts';
import { claimsOf, invalidToken, verifySigned } from './tokens.ts';

/** The key of Logins under which a Cognito token itself is handed over. */
export const cognitoProvider = 'cognito-identity.amazonaws.com';

/** The algorithms IAM accepts from OpenID Connect providers [D]. */
const algorithms = ['RS256', 'RS384', 'RS512', 'ES256', 'ES384', 'ES512'];

/** Provider name → its public keys: a URL, a file, or the key set itself. */
export type ProviderOptions = Record<string, string | JSONWebKeySet>;

/** A login shown by a verified token of a public provider. */
export type PublicLogin = Proof & { claims: JWTPayload };

/** The keys of the public providers, as the person who runs the emulator configured them. */
export class Providers {
  readonly #keys: Map<string, JWTVerifyGetKey>;

  /** Throws for a file that cannot be read or is no key set, and for what is no URL. */
  constructor(options: ProviderOptions) {
    this.#keys = new Map(Object.entries(options).map(([name, source]) => [name, keysFrom(name, source)]));
  }

  keysOf(name: string): JWTVerifyGetKey | undefined {
    return this.#keys.get(name);
  }
}

export function isUrl(source: string): boolean {
  return /^https?:/.test(source);
}

function keysFrom(name: string, source: string | JSONWebKeySet): JWTVerifyGetKey {
  try {
    if (typeof source !== 'string') return createLocalJWKSet(source);
    if (isUrl(source)) return createRemoteJWKSet(new URL(source));
    return createLocalJWKSet(JSON.parse(readFileSync(source, 'utf8')));
  } catch (error) {
    const from = typeof source === 'string' ? ` from ${source}` : '';
    const reason = error instanceof Error ? error.message : error;
    throw new Error(`The keys of provider ${name}${from}: ${reason}`, { cause: error });
  }
}

/** Verifies the tokens of public providers in Logins. Throws InvalidParameterException or NotAuthorizedException. */
export function verifyLogins(
  context: Context,
  pool: Pool,
  logins: Record<string, string>,
): Promise<PublicLogin[]> {
  return Promise.all(Object.entries(logins).map(([name, token]) => verifyLogin(context, pool, name, token)));
}

async function verifyLogin(context: Context, pool: Pool, name: string, token: string): Promise<PublicLogin> {
  if (name === pool.settings.DeveloperProviderName) {
    throw new AwsError('InvalidParameterException', 'Please provide a valid public provider.');
  }
  const expected = expectationOf(pool, name);
  if (!expected) throw unsupported();
  const claims = claimsOf(token);
  if (!expected.issuers.includes(claims.iss ?? '')) throw invalidToken("Issuer doesn't match providerName");
  if (claims.aud === undefined) throw invalidToken('Missing a required claim: aud');
  if (!hasAudience(claims, expected.audiences)) throw expected.wrongAudience();
  const keys = context.providers.keysOf(name);
  if (!keys) throw unknownKeys(name);
  const { sub } = await verifySigned(token, keys, algorithms, context.clock.now());
  if (!sub) throw invalidToken('Missing a required claim: sub'); // [I] by analogy with aud
  return { provider: name, user: sub, claims };
}

/** A departure: AWS fetches a provider's keys by itself; the emulator never leaves the machine unasked. */
function unknownKeys(name: string): AwsError {
  return invalidToken(`Couldn't verify signed token. (The emulator has no keys of ${name}: see --provider.)`);
}

type Expectation = { issuers: string[]; audiences: string[] | undefined; wrongAudience: () => AwsError };

/** What the pool expects of a provider's tokens; undefined for a provider it does not have. */
function expectationOf({ settings }: Pool, name: string): Expectation | undefined {
  const issuers = name === 'accounts.google.com' ? [`https://${name}`, name] : [`https://${name}`];
  const clients =
    settings.CognitoIdentityProviders?.filter((provider) => provider.ProviderName === name) ?? [];
  if (clients.length > 0) {
    // A client that the pool does not list is answered like an unknown provider [O amazon-cognito-identity-js#7].
    return { issuers, audiences: clients.map((client) => client.ClientId ?? ''), wrongAudience: unsupported };
  }
  const application = builtInApplication(settings, name);
  if (application !== undefined) return { issuers, audiences: [application], wrongAudience };
  // The audiences of an OIDC provider are kept in IAM, which is not here: any audience will do (a departure).
  return oidcArn(settings, name) ? { issuers, audiences: undefined, wrongAudience } : undefined;
}

function builtInApplication(settings: Pool['settings'], name: string): string | undefined {
  const applications = settings.SupportedLoginProviders ?? {};
  return Object.hasOwn(applications, name) ? applications[name] : undefined;
}

function oidcArn(settings: Pool['settings'], name: string): string | undefined {
  return settings.OpenIdConnectProviderARNs?.find((arn) => arn.endsWith(`:oidc-provider/${name}`));
}

/** Whether a name may stand as a provider of this pool, as a role mapping or a tag map names it. */
export function isProviderOf({ settings }: Pool, name: string): boolean {
  const userPools = settings.CognitoIdentityProviders ?? [];
  return (
    builtInApplication(settings, name) !== undefined ||
    oidcArn(settings, name) !== undefined ||
    settings.OpenIdConnectProviderARNs?.includes(name) === true ||
    settings.SamlProviderARNs?.includes(name) === true ||
    userPools.some(
      ({ ProviderName, ClientId }) => name === ProviderName || name === `${ProviderName}:${ClientId}`,
    )
  );
}

/** The `amr` claim of an identity that signed in with these logins; of a guest when there are none. */
export function amrOf(pool: Pool, logins: Proof[]): string[] {
  if (logins.length === 0) return ['unauthenticated'];
  return ['authenticated', ...logins.flatMap((login) => [login.provider, subjectOf(pool, login)])];
}

function subjectOf({ settings }: Pool, { provider, user }: Proof): string {
  if (provider === settings.DeveloperProviderName) return `${provider}:${settings.IdentityPoolId}:${user}`; // [O]
  const arn = oidcArn(settings, provider);
  if (arn) return `${arn}:OIDC:${user}`; // [O aws-jwt-verify#89]
  const application = builtInApplication(settings, provider);
  if (application !== undefined) return `${provider}:${application}:${user}`; // [?]
  return `${provider}:CognitoSignIn:${user}`; // [I] as API Gateway shows it for a user pool
}

function hasAudience({ aud = [] }: JWTPayload, audiences: string[] | undefined): boolean {
  return !audiences || [aud].flat().some((audience) => audiences.includes(audience));
}

function wrongAudience(): AwsError {
  return invalidToken('Incorrect token audience.'); // [?] the text
}

/** [O amazon-cognito-identity-js#371; I the type] */
export function unsupported(): AwsError {
  return new AwsError(
    'NotAuthorizedException',
    'Token is not from a supported provider of this identity pool.',
  );
}
