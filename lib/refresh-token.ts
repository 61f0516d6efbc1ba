import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from 'node:crypto';

// A refresh token is `<session id>.<secret>`: 128 random bits to find the session, 256 to prove it (ASVS 7.2.3).
const idBytes = 16;
const secretBytes = 32;
const pattern = /^([\w-]{22})\.([\w-]{43})$/;

interface Parts {
  id: string;
  secret: string;
}

const random = (bytes: number) => randomBytes(bytes).toString('base64url');

export const nextSecret = (): string => random(secretBytes);
export const newRefreshToken = (): Parts => ({ id: random(idBytes), secret: nextSecret() });

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
