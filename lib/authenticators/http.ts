import { createHmac } from 'node:crypto';
import { type ConfigFor, timeLimits } from '../config.ts';
import { Problem } from '../problem.ts';
import type { Authenticate } from './index.ts';
import { User } from './user.ts';

/** Bytes. A user id and some attributes need far less; a broken backend must not fill the memory. */
const maxAnswerBytes = 64 * 1024;

/**
 * POSTs the credentials to the app's own backend. 200 `{userId, attributes?}` is yes, 401 or 403 is no, anything
 * else is `backend_unavailable`: an outage never reads as a wrong password.
 */
export const http =
  ({ BACKEND_URL, BACKEND_SECRET }: ConfigFor<'http'>): Authenticate =>
  async (credentials, signal) => {
    const body = JSON.stringify(credentials);
    try {
      const response = await fetch(BACKEND_URL, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-signature': sign(body, BACKEND_SECRET) },
        body,
        // A redirect would carry the password to an address nobody configured.
        redirect: 'error',
        signal: AbortSignal.any([signal, AbortSignal.timeout(timeLimits.backend)]),
      });
      if (response.status === 200) return User.parse(JSON.parse(await readText(response)));
      await response.body?.cancel();
      if (response.status === 401 || response.status === 403) return undefined;
      throw new Error(`The backend answered ${response.status}`);
    } catch (cause) {
      throw new Problem('backend_unavailable', { cause });
    }
  };

/**
 * `t=<epoch seconds>,v1=<hex HMAC-SHA-256 of "<t>.<body>">`: lets the backend refuse requests that are not this
 * service's, and old ones.
 */
const sign = (body: string, secret: string) => {
  const timestamp = Math.floor(Date.now() / 1000);
  return `t=${timestamp},v1=${createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex')}`;
};

const readText = async (response: Response): Promise<string> => {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    if (size > maxAnswerBytes) throw new Error(`The backend's answer is larger than ${maxAnswerBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
};
