import type { JWTPayload, JWTVerifyGetKey } from 'jose';
import { type Config, timeLimits } from './config.ts';
import { Problem, type ProblemCode } from './problem.ts';

interface VerifierOptions {
  jwksUrl: string;
  /** Pinned: a token's own header must never choose its algorithm (RFC 8725 §3.1). */
  algorithms: string[];
  issuer: string;
  /** Pinned: all of an issuer's audiences share its keys. */
  audience: string;
  requiredClaims: string[];
  /** Seconds since `iat`. */
  maxTokenAge?: number;
  /** Seconds that the issuer's clock may be ahead or behind. */
  clockTolerance?: number;
  /** What a token that is not valid is here. */
  invalid: ProblemCode;
  /** What it is when the keys can't be had: nobody's bad token. */
  unavailable: ProblemCode;
}

/** jose's errors about the key set; its other errors are about the token. */
const keyErrors = ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID'];

/**
 * A function from a JWT to its claims, by the keys of its issuer: see `keySet`.
 * @throws Problem `invalid`, whose cause says why for the log, or `unavailable`
 */
export const tokenVerifier = ({ jwksUrl, invalid, unavailable, ...checks }: VerifierOptions) => {
  let keys: JWTVerifyGetKey | undefined;
  return async (token: string): Promise<JWTPayload> => {
    // With the first token: a login without one starts sooner without jose.
    const { errors, jwtVerify, keySet } = await import('./jose.ts');
    keys ??= keySet(new URL(jwksUrl), timeLimits.jwks);
    try {
      return (await jwtVerify(token, keys, checks)).payload;
    } catch (cause) {
      const aboutToken = cause instanceof errors.JOSEError && !keyErrors.includes(cause.code);
      throw new Problem(aboutToken ? invalid : unavailable, { cause });
    }
  };
};

/** Of Cognito's own tokens for this pool's identities. All pools share their keys: the audience is what tells. */
export const cognitoTokenVerifier = (config: Config, invalid: ProblemCode) =>
  tokenVerifier({
    jwksUrl: config.COGNITO_JWKS_URL,
    algorithms: ['RS512'],
    issuer: config.COGNITO_ISSUER,
    audience: config.IDENTITY_POOL_ID,
    requiredClaims: ['sub', 'exp', 'amr'],
    invalid,
    unavailable: 'cognito_unavailable',
  });
