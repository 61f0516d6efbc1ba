import type { ConfigFor } from '../config.ts';
import { Problem } from '../problem.ts';
import type { AssertionCredentials } from '../schemas.ts';
import { tokenVerifier } from '../token-verifier.ts';
import type { Authenticator } from './index.ts';
import { User } from './user.ts';

/** The backend's own JWT, verified against the backend's published keys. Its string claims are the attributes. */
export const jwt = (config: ConfigFor<'jwt'>): Authenticator<AssertionCredentials> => {
  const { prepare, verify } = tokenVerifier({
    jwksUrl: config.JWT_JWKS_URL,
    algorithms: config.JWT_ALGORITHMS,
    issuer: config.JWT_ISSUER,
    audience: config.JWT_AUDIENCE,
    requiredClaims: ['exp', 'iat', config.JWT_USER_ID_CLAIM],
    maxTokenAge: config.JWT_MAX_AGE_SECONDS,
    clockTolerance: 10,
    invalid: 'invalid_credentials',
    unavailable: 'backend_unavailable',
  });
  return {
    prepare,
    async authenticate({ assertion }) {
      const claims = await verify(assertion);
      const attributes = Object.fromEntries(
        Object.entries(claims).filter(([, value]) => typeof value === 'string'),
      );
      const user = User.safeParse({ userId: claims[config.JWT_USER_ID_CLAIM], attributes });
      if (user.success) return user.data;
      throw new Problem('invalid_credentials', {
        cause: new Error(`no user id in claim ${config.JWT_USER_ID_CLAIM}`),
      });
    },
    // Nobody is there to ask: a session goes on until it is ended.
    refresh: async (user) => user,
  };
};
