import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

const ivBytes = 12;
const tagBytes = 16;

/**
 * Turns a value into a text that only this emulator can read or make, and back.
 * Pagination tokens and session tokens are such texts: opaque, and useless once altered by one bit.
 */
export type Seal = {
  seal(purpose: string, value: unknown): string;
  /** Undefined for a text that was altered, was made for another purpose, or was never sealed here. */
  open(purpose: string, text: string): unknown;
};

/** `secret` is 32 random bytes, kept with the data so that a restart can read what it sealed. */
export function createSeal(secret: Uint8Array): Seal {
  return {
    seal(purpose, value) {
      const iv = randomBytes(ivBytes);
      const cipher = createCipheriv('aes-256-gcm', secret, iv).setAAD(Buffer.from(purpose));
      const body = Buffer.concat([cipher.update(JSON.stringify(value)), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), body]).toString('base64url');
    },
    open(purpose, text) {
      const bytes = Buffer.from(text, 'base64url');
      if (bytes.length < ivBytes + tagBytes || bytes.toString('base64url') !== text) return undefined;
      const decipher = createDecipheriv('aes-256-gcm', secret, bytes.subarray(0, ivBytes))
        .setAAD(Buffer.from(purpose))
        .setAuthTag(bytes.subarray(ivBytes, ivBytes + tagBytes));
      try {
        const opened = Buffer.concat([decipher.update(bytes.subarray(ivBytes + tagBytes)), decipher.final()]);
        return JSON.parse(opened.toString());
      } catch {
        return undefined;
      }
    },
  };
}
