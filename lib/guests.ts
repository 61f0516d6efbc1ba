import type { Config } from './config.ts';
import { Problem } from './problem.ts';
import { cognitoTokenVerifier } from './token-verifier.ts';

/**
 * A function from a guest's Cognito token to the guest's IdentityId. The token proves that the identity is of this
 * pool, and was a guest minutes ago: not that its sender is that guest. Cognito itself gives a guest's token to whoever
 * knows the IdentityId (GetOpenIdToken is public), so that a guest's IdentityId is a secret of the guest's device.
 * @throws Problem `invalid_guest_token`; `cognito_unavailable` when Cognito's keys can't be had.
 */
export const guestVerifier = (config: Config) => {
  const { verify } = cognitoTokenVerifier(config, 'invalid_guest_token');
  return async (guestToken: string): Promise<string> => {
    const { sub, amr } = await verify(guestToken);
    if (!sub || !isUnauthenticated(amr)) throw new Problem('invalid_guest_token');
    return sub;
  };
};

/** A signed-in identity's token holds `authenticated` and its logins here. */
const isUnauthenticated = (amr: unknown) =>
  Array.isArray(amr) && amr.length === 1 && amr[0] === 'unauthenticated';
