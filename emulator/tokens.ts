import {
  type CryptoKey,
  createLocalJWKSet,
  decodeJwt,
  errors,
  exportJWK,
  exportPKCS8,
  generateKeyPair,
  importPKCS8,
  type JSONWebKeySet,
  type JWK,
  type JWTPayload,
  type JWTVerifyGetKey,
  jwtVerify,
  SignJWT,
} from 'jose';
import { AwsError } from './errors.ts';
import type { Store } from './store.ts';

/** Whatever address the emulator listens on: a verifier that pins AWS's issuer must pass unchanged. */
export const issuer = 'https://cognito-identity.amazonaws.com';
const algorithm = 'RS512';

type SigningKey = { kid: string; privateKey: CryptoKey; publicJwk: JWK };

/** The signing keys, one per region as on AWS, kept in the store and made when first needed. */
export class Tokens {
  readonly #store: Store;
  readonly #homeRegion: string;
  readonly #keys = new Map<string, Promise<SigningKey>>();

  /** The key set always holds `homeRegion`'s key, so that it is never empty. */
  constructor(store: Store, homeRegion: string) {
    this.#store = store;
    this.#homeRegion = homeRegion;
  }

  /** Signs claims; `issuedAt` and `lifetime` are in seconds. */
  async sign(region: string, claims: JWTPayload, issuedAt: number, lifetime: number): Promise<string> {
    const { kid, privateKey } = await this.#key(region);
    return new SignJWT({ ...claims, iss: issuer, exp: issuedAt + lifetime, iat: issuedAt })
      .setProtectedHeader({ kid, typ: 'JWS', alg: algorithm })
      .sign(privateKey);
  }

  /**
   * The claims of a token that this emulator signed and that is not expired at `now` (epoch milliseconds).
   * Throws NotAuthorizedException.
   */
  async verify(token: string, now: number): Promise<JWTPayload> {
    if (claimsOf(token).iss !== issuer) throw invalidToken('Not a Cognito token.');
    return verifySigned(token, createLocalJWKSet(await this.jwks()), [algorithm], now);
  }

  async jwks(): Promise<JSONWebKeySet> {
    const regions = new Set([this.#homeRegion, ...this.#store.signingKeyRegions()]);
    const keys = await Promise.all([...regions].map((region) => this.#key(region)));
    return { keys: keys.map((key) => key.publicJwk) };
  }

  #key(region: string): Promise<SigningKey> {
    const known = this.#keys.get(region);
    if (known) return known;
    const key = this.#load(region);
    this.#keys.set(region, key);
    return key;
  }

  async #load(region: string): Promise<SigningKey> {
    const pkcs8 = this.#store.signingKey(region) ?? (await this.#generate(region));
    const privateKey = await importPKCS8(pkcs8, algorithm, { extractable: true });
    const { n = '', e = '' } = await exportJWK(privateKey);
    const kid = `${region}1`; // the region and a number [O aws-sdk-net#420]
    return { kid, privateKey, publicJwk: { kty: 'RSA', alg: algorithm, use: 'sig', kid, n, e } };
  }

  async #generate(region: string): Promise<string> {
    const { privateKey } = await generateKeyPair(algorithm, { modulusLength: 2048, extractable: true });
    const pkcs8 = await exportPKCS8(privateKey);
    this.#store.addSigningKey(region, pkcs8);
    return pkcs8;
  }
}

/** What a token says, believed by nobody yet. Throws NotAuthorizedException for a text that is no JWT. */
export function claimsOf(token: string): JWTPayload {
  try {
    return decodeJwt(token);
  } catch {
    // Seen with an access token of Facebook [O stackoverflow.com/questions/64947302].
    throw invalidToken('Not a valid OpenId Connect identity token.');
  }
}

/**
 * The claims of a token whose signature fits one of `keys` and that is not expired at `now` (milliseconds).
 * Throws NotAuthorizedException, or ExternalServiceException when the keys cannot be had.
 */
export async function verifySigned(
  token: string,
  keys: JWTVerifyGetKey,
  algorithms: string[],
  now: number,
): Promise<JWTPayload> {
  try {
    const options = { algorithms, currentDate: new Date(now), requiredClaims: ['exp'] };
    return (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    throw translate(error, now);
  }
}

function translate(error: unknown, now: number): AwsError {
  // The words, and their odd `>=`, are the real service's.
  if (error instanceof errors.JWTExpired) {
    return invalidToken(`Token expired: ${error.payload.exp} >= ${Math.floor(now / 1000)}`);
  }
  const keysOutOfReach = !(error instanceof errors.JOSEError) || error.code === 'ERR_JOSE_GENERIC';
  if (keysOutOfReach || error instanceof errors.JWKSTimeout) {
    return new AwsError('ExternalServiceException', "The provider's keys cannot be fetched."); // [I] the text
  }
  return invalidToken("Couldn't verify signed token.");
}

export function invalidToken(reason: string): AwsError {
  return new AwsError('NotAuthorizedException', `Invalid login token. ${reason}`);
}
