import type { JWTPayload } from 'jose';
import { type Config, timeLimits } from './config.ts';
import type { keySet } from './jose.ts';
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

export interface TokenVerifier {
  /** Fetches the keys before anybody sends a token. @throws jose's errors */
  prepare: () => Promise<void>;
  /** The claims of a JWT. @throws Problem `invalid`, whose cause says why for the log, or `unavailable` */
  verify: (token: string) => Promise<JWTPayload>;
}

/** Verifies JWTs by the keys of their issuer: see `keySet`. */
export const tokenVerifier = ({
  jwksUrl,
  invalid,
  unavailable,
  ...checks
}: VerifierOptions): TokenVerifier => {
  let keys: ReturnType<typeof keySet> | undefined;
  // When it is needed: a login without a token starts sooner without jose.
  const load = async () => {
    const jose = await import('./jose.ts');
    keys ??= jose.keySet(new URL(jwksUrl), timeLimits.jwks);
    return { ...jose, keys };
  };
  return {
    prepare: async () => (await load()).keys.reload(),
    async verify(token) {
      const { errors, jwtVerify, keys } = await load();
      try {
        return (await jwtVerify(token, keys, checks)).payload;
      } catch (cause) {
        const aboutToken = cause instanceof errors.JOSEError && !keyErrors.includes(cause.code);
        throw new Problem(aboutToken ? invalid : unavailable, { cause });
      }
    },
  };
};

/** Of Cognito's own tokens for this pool's identities. All pools share their keys: the audience is what tells. */
export const cognitoTokenVerifier = (config: Config, invalid: ProblemCode): TokenVerifier =>
  tokenVerifier({
    jwksUrl: config.COGNITO_JWKS_URL,
    algorithms: ['RS512'],
    issuer: config.COGNITO_ISSUER,
    audience: config.IDENTITY_POOL_ID,
    requiredClaims: ['sub', 'exp', 'amr'],
    invalid,
    unavailable: 'cognito_unavailable',
  });
