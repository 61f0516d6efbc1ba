import { randomBytes } from 'node:crypto';
import { type Clock, seconds } from './clock.ts';
import type { Seal } from './seal.ts';

/** Temporary credentials of an assumed role. `expiration` is in epoch seconds. */
export type Credentials = {
  accessKeyId: string;
  secretKey: string;
  sessionToken: string;
  expiration: number;
};

/** What a session token remembers: sealed in it, so that nothing has to be stored. */
export type Session = { accessKeyId: string; role: string; sessionName: string; expiration: number };

const purpose = 'session';

type Parts = { seal: Seal; clock: Clock };

/** `lifetime` is in seconds. Nothing checks that the role exists or trusts the caller: there is no IAM here. */
export function issueCredentials(
  { seal, clock }: Parts,
  role: string,
  sessionName: string,
  lifetime: number,
): Credentials {
  const accessKeyId = `ASIA${base32(10)}`;
  const expiration = seconds(clock) + lifetime;
  const session: Session = { accessKeyId, role, sessionName, expiration };
  return {
    accessKeyId,
    secretKey: randomBytes(30).toString('base64'),
    sessionToken: seal.seal(purpose, session),
    expiration,
  };
}

/** Undefined for a token that was not issued here. It may have expired. */
export function openSession(seal: Seal, sessionToken: string): Session | undefined {
  return seal.open(purpose, sessionToken) as Session | undefined;
}

/** 16 characters of AWS's key id alphabet for 10 bytes. */
function base32(bytes: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  const bits = [...randomBytes(bytes)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return (bits.match(/.{5}/g) ?? []).map((group) => alphabet[Number.parseInt(group, 2)]).join('');
}
