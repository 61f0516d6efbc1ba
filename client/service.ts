import { DeveloperIdentityError } from './error.ts';
import { type Call, type Fetch, send } from './http.ts';

/** What proves an account: whichever of the two the service is set up for. */
export type LoginCredentials = { username: string; password: string } | { assertion: string };

export type LoginInput = LoginCredentials & {
  /** Public provider → its token, to link too. */
  logins?: Record<string, string>;
  /** How long a Cognito token is valid: 60 to 86400. */
  durationSeconds?: number;
};

export interface MergeInput {
  /** The account whose identity goes. */
  source: LoginCredentials;
  /** The account whose identity stays. */
  destination: LoginCredentials;
  /** Only tell what would happen. */
  dryRun?: boolean;
}

export interface UnlinkInput {
  /** Fresh ones, of the account. */
  credentials: LoginCredentials;
  developerUserIdentifier: string;
}

export interface Merged {
  identityId: string;
  sourceIdentityId: string;
  outcome: 'merged' | 'already-merged' | 'would-merge';
}

/** Dates are ISO 8601. */
export interface Account {
  identityId: string;
  developerUserIdentifiers: string[];
  publicProviders: string[];
  creationDate: string;
  lastModifiedDate: string;
}

/** What a login and a refresh answer. */
export interface Tokens {
  identityId: string;
  token: string;
  tokenExpiresAt: string;
  identityPoolId: string;
  refreshToken: string;
  guest?: 'linked' | 'kept-separate';
}

/** Milliseconds. */
const timeout = 20_000;
/**
 * Sent again more than 10 seconds after its use, a refresh token ends the session. Three attempts fit in; none begins
 * later than the patience says.
 */
const refreshing = { timeout: 3_000, patience: 8_000 };

interface ServiceOptions {
  fetch: Fetch;
  apiUrl: string;
  identityPoolId: string;
}

/** The service's routes for apps. Everything @throws DeveloperIdentityError. */
export const developerIdentities = ({ fetch, apiUrl, identityPoolId }: ServiceOptions) => {
  const call = (method: Call['method'], path: string, more: Partial<Call>) =>
    send(fetch, apiUrl.replace(/\/+$/, '') + path, { method, headers: {}, timeout, ...more });
  const post = (
    path: string,
    body: object,
    more: Partial<Pick<Call, 'headers' | 'timeout' | 'patience'>> = {},
  ) =>
    call('POST', path, { ...more, body, headers: { 'content-type': 'application/json', ...more.headers } });

  /** A repeated one gets the answer of the first. */
  const postOnce = (path: string, body: object) =>
    post(path, body, { headers: { 'idempotency-key': uniqueKey() } });

  const tokens = (answer: unknown): Tokens => {
    const found = answer as Tokens;
    if (!found.refreshToken)
      throw new DeveloperIdentityError('unexpected_answer', `${apiUrl} gave no session`);
    if (found.identityPoolId === identityPoolId) return found;
    throw new DeveloperIdentityError('wrong_identity_pool', `${apiUrl} is for ${found.identityPoolId}`);
  };

  return {
    login: async (body: LoginInput & { guestToken?: string }) => tokens(await post('/login', body)),
    refresh: async (refreshToken: string) => tokens(await post('/refresh', { refreshToken }, refreshing)),
    logout: async (refreshToken: string, everywhere: boolean): Promise<void> => {
      await post('/logout', { refreshToken, everywhere });
    },
    account: async (token: string) =>
      (await call('GET', '/account', { headers: { authorization: `Bearer ${token}` } })) as Account,
    merge: async (body: MergeInput) => (await postOnce('/account/merge', body)) as Merged,
    unlink: async (body: UnlinkInput): Promise<void> => {
      await postOnce('/account/unlink', body);
    },
  };
};

export type DeveloperIdentities = ReturnType<typeof developerIdentities>;

/** It has to be new among this user's only, so that Math.random does where there is no crypto (Hermes). */
const uniqueKey = () => globalThis.crypto?.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
