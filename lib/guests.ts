import type { Config } from './config.ts';
import { Problem } from './problem.ts';
import { tokenVerifier } from './token-verifier.ts';

/**
 * A function from a guest's Cognito token to the guest's IdentityId. An IdentityId alone proves nothing: whoever
 * knows one could link their account into it. The token does: Cognito gives it to the guest only.
 * @throws Problem `invalid_guest_token`; `cognito_unavailable` when Cognito's keys can't be had.
 */
export const guestVerifier = (config: Config) => {
  const verify = tokenVerifier({
    jwksUrl: `${config.AWS_ENDPOINT_URL_COGNITO_IDENTITY ?? config.COGNITO_ISSUER}/.well-known/jwks_uri`,
    algorithms: ['RS512'],
    issuer: config.COGNITO_ISSUER,
    audience: config.IDENTITY_POOL_ID,
    requiredClaims: ['sub', 'exp', 'amr'],
    invalid: 'invalid_guest_token',
    unavailable: 'cognito_unavailable',
  });
  return async (guestToken: string): Promise<string> => {
    const { sub, amr } = await verify(guestToken);
    if (!sub || !isUnauthenticated(amr)) throw new Problem('invalid_guest_token');
    return sub;
  };
};

/** A signed-in identity's token holds `authenticated` and its logins here. */
const isUnauthenticated = (amr: unknown) =>
  Array.isArray(amr) && amr.length === 1 && amr[0] === 'unauthenticated';
