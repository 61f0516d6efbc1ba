import { decodeJwt } from 'jose';
import { createAuthenticator } from './authenticators/index.ts';
import type { Config } from './config.ts';
import type { routes } from './contract.ts';
import type { UseCase } from './endpoint.ts';
import { guestVerifier } from './guests.ts';
import { createIdentities } from './identities.ts';
import { Problem } from './problem.ts';

/** POST /login: credentials in, a Cognito OpenID token out. */
export const createLogin = (config: Config): UseCase<typeof routes.login> => {
  const authenticate = createAuthenticator(config);
  const verifyGuest = guestVerifier(config);
  const identities = createIdentities(config);

  return async ({ guestToken, logins = {}, durationSeconds, ...credentials }, { signal }) => {
    refuseOtherProviders(logins, config.PUBLIC_PROVIDERS);
    const guestIdentityId = guestToken === undefined ? undefined : await verifyGuest(guestToken);
    const user = await authenticate(credentials, signal);
    if (!user) throw new Problem('invalid_credentials');

    const { identityId, token } = await identities.signIn(
      {
        userId: user.userId,
        guestIdentityId,
        logins,
        principalTags: pick(user.attributes, config.PRINCIPAL_TAGS),
        durationSeconds: Math.min(durationSeconds, config.MAX_TOKEN_DURATION_SECONDS),
      },
      signal,
    );
    return {
      identityId,
      token,
      tokenExpiresAt: expiryOf(token),
      identityPoolId: config.IDENTITY_POOL_ID,
      region: config.AWS_REGION,
      ...(guestIdentityId && { guest: identityId === guestIdentityId ? 'linked' : 'kept-separate' }),
    };
  };
};

const refuseOtherProviders = (logins: Record<string, string>, allowed: string[]) => {
  const others = Object.keys(logins).filter((provider) => !allowed.includes(provider));
  if (others.length === 0) return;
  const detail =
    allowed.length > 0 ? `is none of ${allowed.join(', ')}` : 'is not taken: no public provider is set up';
  throw new Problem('invalid_request', {
    errors: others.map((provider) => ({ path: ['logins', provider], detail })),
  });
};

/** Principal tags decide what a user may do on AWS: only what the configuration names gets through. */
const pick = (attributes: Record<string, string>, names: string[]) =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = Object.hasOwn(attributes, name) ? attributes[name] : undefined;
      return value ? [[name, value]] : [];
    }),
  );

/** From the token itself, so that it is true whatever Cognito made of the duration. */
const expiryOf = (token: string) => new Date((decodeJwt(token).exp ?? 0) * 1000).toISOString();
