import type { Config } from './config.ts';
import type { Route } from './contract.ts';
import { beforeFirstEvent } from './init.ts';
import { Problem } from './problem.ts';
import { cognitoTokenVerifier, tokenVerifier } from './token-verifier.ts';

/** A signed-in user of the app, known by a Cognito token of this pool. */
export interface AppUser {
  identityId: string;
}

/** A member of staff, known by a token of the company's own OIDC provider. */
export interface Staff {
  subject: string;
}

export type CallerOf<R extends Route> = R['caller'] extends 'anyone'
  ? undefined
  : R['caller'] extends 'user'
    ? AppUser
    : Staff;

/**
 * Who calls, from the Authorization header.
 * @throws Problem `unauthorized`, `insufficient_scope`; `…_unavailable` when the issuer's keys can't be had.
 */
export type Authorize = (
  authorization: string | undefined,
  caller: Route['caller'],
) => Promise<AppUser | Staff>;

const bearerOf = (authorization: string | undefined): string => {
  const [, token] = /^Bearer ([\w.~+/-]+=*)$/i.exec(authorization ?? '') ?? [];
  if (!token) throw new Problem('unauthorized', { challenge: 'Bearer' });
  return token;
};

export const authorizeUser = (config: Config): Authorize => {
  const { prepare, verify } = cognitoTokenVerifier(config, 'unauthorized');
  beforeFirstEvent(prepare);
  return async (authorization) => {
    const { sub, amr } = await verify(bearerOf(authorization));
    // A guest's token has "unauthenticated" here, and nothing else.
    if (!sub || !Array.isArray(amr) || amr[0] !== 'authenticated') throw new Problem('unauthorized');
    return { identityId: sub };
  };
};

export const authorizeStaff = (config: Config): Authorize => {
  const { STAFF_ISSUER, STAFF_AUDIENCE, STAFF_JWKS_URL } = config;
  if (!STAFF_ISSUER || !STAFF_AUDIENCE || !STAFF_JWKS_URL) {
    return async () => {
      throw new Problem('unauthorized', {
        challenge: 'Bearer',
        detail: 'No issuer of staff tokens is set up',
      });
    };
  }
  const { prepare, verify } = tokenVerifier({
    jwksUrl: STAFF_JWKS_URL,
    algorithms: config.STAFF_ALGORITHMS,
    issuer: STAFF_ISSUER,
    audience: STAFF_AUDIENCE,
    requiredClaims: ['sub', 'exp'],
    clockTolerance: 10,
    invalid: 'unauthorized',
    unavailable: 'staff_issuer_unavailable',
  });
  beforeFirstEvent(prepare);
  return async (authorization, scope) => {
    const claims = await verify(bearerOf(authorization));
    if (!claims.sub) throw new Problem('unauthorized');
    if (!scopesOf(claims[config.STAFF_SCOPE_CLAIM]).includes(scope)) {
      throw new Problem('insufficient_scope', {
        challenge: `Bearer error="insufficient_scope", scope="${scope}"`,
        detail: `It takes the scope ${scope}.`,
      });
    }
    return { subject: claims.sub };
  };
};

/** A space-separated string (RFC 9068 §2.2.3), or a list as some providers have it for roles and groups. */
const scopesOf = (claim: unknown): unknown[] =>
  typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
