import { createHmac } from 'node:crypto';
import { backendSecret } from '../backend-secret.ts';
import { type ConfigFor, timeLimits } from '../config.ts';
import { Problem } from '../problem.ts';
import type { Authenticator } from './index.ts';
import { User } from './user.ts';

/** Bytes. A user id and some attributes need far less; a broken backend must not fill the memory. */
const maxAnswerBytes = 64 * 1024;

/**
 * POSTs the credentials to the app's own backend, and at a refresh, where BACKEND_REFRESH_URL is set, the user id.
 * 200 `{userId, attributes?}` is yes, 401 or 403 is no, anything else is `backend_unavailable`: an outage never reads
 * as a wrong password.
 */
export const http = (config: ConfigFor<'http'>): Authenticator => {
  const { BACKEND_URL, BACKEND_REFRESH_URL } = config;
  const secret = backendSecret(config);
  return {
    prepare: secret,
    ...(BACKEND_REFRESH_URL && { prepareRefresh: secret }),
    async authenticate(credentials, { signal, allow }) {
      await allow();
      return ask(BACKEND_URL, credentials, secret, signal);
    },
    async refresh(user, signal) {
      if (!BACKEND_REFRESH_URL) return user;
      const answer = await ask(BACKEND_REFRESH_URL, { userId: user.userId }, secret, signal);
      return answer?.userId === user.userId ? answer : undefined;
    },
  };
};

const ask = async (
  url: string,
  question: object,
  secret: () => Promise<string>,
  signal: AbortSignal,
): Promise<User | undefined> => {
  const body = JSON.stringify(question);
  try {
    const signature = sign(body, await secret());
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-signature': signature },
      body,
      // A redirect would carry the password to an address nobody configured.
      redirect: 'error',
      signal: AbortSignal.any([signal, AbortSignal.timeout(timeLimits.backend)]),
    });
    if (response.status === 200) return toUser(await readText(response));
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

/** In words of our own: those of JSON.parse quote the answer, which may quote the password. */
const toUser = (answer: string): User => {
  const user = User.safeParse(parseJson(answer));
  if (user.success) return user.data;
  throw new Error('The backend answered 200 with something else than {userId, attributes?}, all strings');
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
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
