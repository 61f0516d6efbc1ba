import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose';
import { timeLimits } from './config.ts';
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
  /** What to throw when the keys can't be had: that is nobody's bad token. */
  unavailable: ProblemCode;
}

/** jose's errors about the key set; its other errors are about the token. */
const keyErrors: string[] = [errors.JOSEError.code, errors.JWKSTimeout.code, errors.JWKSInvalid.code];

/**
 * A function from a JWT to its claims, or to undefined where it is not valid. Keys are fetched at the first use and
 * cached for ten minutes; an unknown key id fetches them again, at most every 30 seconds.
 */
export const tokenVerifier = ({ jwksUrl, unavailable, ...checks }: VerifierOptions) => {
  const keys = createRemoteJWKSet(new URL(jwksUrl), { timeoutDuration: timeLimits.jwks });
  return async (token: string): Promise<JWTPayload | undefined> => {
    try {
      return (await jwtVerify(token, keys, checks)).payload;
    } catch (cause) {
      if (cause instanceof errors.JOSEError && !keyErrors.includes(cause.code)) return undefined;
      throw new Problem(unavailable, { cause });
    }
  };
};
