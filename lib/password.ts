import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

/** OWASP's first choice for argon2id: memory in KiB, passes, lanes. Changing it rehashes users as they log in. */
const current = { memory: 19_456, passes: 2, parallelism: 1 };
const saltBytes = 16;
const hashBytes = 32;

type Parameters = typeof current;

const derive = promisify(argon2);

// RFC 8265 §4.2: compare passwords in Unicode's form C, so that the same keys typed elsewhere match.
const hashWith = (parameters: Parameters, salt: Buffer, password: string, tagLength: number) =>
  derive('argon2id', { message: password.normalize('NFC'), nonce: salt, tagLength, ...parameters });

const base64 = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');

/** The PHC string format: everything needed to verify travels with the hash. */
const encode = ({ memory, passes, parallelism }: Parameters, salt: Buffer, hash: Buffer) =>
  `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(salt)}$${base64(hash)}`;

const phc =
  /^\$argon2id\$v=19\$m=(?<memory>\d+),t=(?<passes>\d+),p=(?<parallelism>\d+)\$(?<salt>[\w+/]+)\$(?<hash>[\w+/]+)$/;

const decode = (encoded: string) => {
  const parts = phc.exec(encoded)?.groups;
  if (!parts) throw new Error('A stored password hash is not an argon2id PHC string');
  return {
    parameters: {
      memory: Number(parts.memory),
      passes: Number(parts.passes),
      parallelism: Number(parts.parallelism),
    },
    salt: Buffer.from(parts.salt ?? '', 'base64'),
    hash: Buffer.from(parts.hash ?? '', 'base64'),
  };
};

/** Hashes a password with a fresh salt, as a PHC string. */
export const hashPassword = async (password: string): Promise<string> => {
  const salt = randomBytes(saltBytes);
  return encode(current, salt, await hashWith(current, salt, password, hashBytes));
};

/** Whether the password is the hashed one. @throws Error when `encoded` is not a PHC string of argon2id. */
export const verifyPassword = async (password: string, encoded: string): Promise<boolean> => {
  const { parameters, salt, hash } = decode(encoded);
  return timingSafeEqual(await hashWith(parameters, salt, password, hash.length), hash);
};

/** Whether a hash was made with other parameters than today's. */
export const isOutdated = (encoded: string): boolean =>
  JSON.stringify(decode(encoded).parameters) !== JSON.stringify(current);

/** No password's hash, as costly to verify as a real one: for users that don't exist. */
export const decoyHash = encode(current, randomBytes(saltBytes), randomBytes(hashBytes));
