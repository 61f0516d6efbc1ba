import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

// A refresh token is `<session id>.<secret>`: 128 random bits to find the session; of the secret 128 that all tokens of
// the session have, to know its former ones, and 256 that are new in each, to prove that it is the present one (ASVS 7.2.3).
const idBytes = 16;
const familyBytes = 16;
const familyLength = 22;
const newBytes = 32;
const pattern = /^([\w-]{22})\.([\w-]{65})$/;

interface Parts {
  id: string;
  secret: string;
}

const random = (bytes: number) => randomBytes(bytes).toString('base64url');

/** The part of a secret that the session's others have too. */
export const familyOf = (secret: string): string => secret.slice(0, familyLength);
export const nextSecret = (secret: string): string => familyOf(secret) + random(newBytes);
export const newRefreshToken = (): Parts => ({
  id: random(idBytes),
  secret: random(familyBytes) + random(newBytes),
});

/** The token's parts, or undefined where it is none. */
export const parseRefreshToken = (token: string): Parts | undefined => {
  const [, id, secret] = pattern.exec(token) ?? [];
  return id && secret ? { id, secret } : undefined;
};

/** What is stored of a secret. It is random, so that a fast hash is enough. */
export const hashOf = (secret: string): string => createHash('sha256').update(secret).digest('base64url');

const cipher = 'aes-256-gcm';
const ivBytes = 12;
const tagBytes = 16;

const keyOf = (secret: string) => Buffer.from(hkdfSync('sha256', secret, '', 'refresh token successor', 32));

/**
 * The next secret, readable with the previous one only: whoever lost the answer still has that, and the table, which
 * holds hashes, does not.
 */
export const seal = (next: string, previous: string): string => {
  const iv = randomBytes(ivBytes);
  const encryption = createCipheriv(cipher, keyOf(previous), iv);
  const sealed = Buffer.concat([encryption.update(next, 'utf8'), encryption.final()]);
  return Buffer.concat([iv, encryption.getAuthTag(), sealed]).toString('base64url');
};

/** @throws Error when `previous` is not the secret it was sealed with */
export const unseal = (sealed: string, previous: string): string => {
  const bytes = Buffer.from(sealed, 'base64url');
  const decryption = createDecipheriv(cipher, keyOf(previous), bytes.subarray(0, ivBytes), {
    authTagLength: tagBytes,
  });
  decryption.setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
  return Buffer.concat([
    decryption.update(bytes.subarray(ivBytes + tagBytes)),
    decryption.final(),
  ]).toString();
};
