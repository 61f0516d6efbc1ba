/** Not run but compiled: against the sources with everything else, and against the package by package.test.ts. */
import { STSClient, type STSClientConfig } from '@aws-sdk/client-sts';
import {
  amplifyCredentialsProvider,
  DeveloperIdentityError,
  developerIdentity,
  type SessionStorage,
} from '../../client/index.ts';

declare const localStorage: {
  getItem(key: string): string | null;
  setItem(key: string, value: string): void;
  removeItem(key: string): void;
};
declare const asyncStorage: {
  getItem(key: string): Promise<string | null>;
  setItem(key: string, value: string): Promise<void>;
  removeItem(key: string): Promise<void>;
};

export const storages: SessionStorage[] = [localStorage, asyncStorage];
// @ts-expect-error A storage has to forget, too.
export const noStorage: SessionStorage = { getItem: () => null, setItem: () => {} };

const options = { apiUrl: 'https://api.example', identityPoolId: 'us-east-1:0' };
export const auth = developerIdentity({ ...options, storage: localStorage, fetch });
// @ts-expect-error Without a pool there are no guests, and no credentials.
developerIdentity({ apiUrl: options.apiUrl });

export const provider: NonNullable<STSClientConfig['credentials']> = auth.credentials;
export const sts = new STSClient({ credentials: auth.credentials });
export const amplify = amplifyCredentialsProvider(auth);

export const uses = async () => {
  const { identityId, guest } = await auth.login({
    username: 'alice',
    password: 'secret',
    durationSeconds: 900,
  });
  const answer: 'linked' | 'kept-separate' | undefined = guest;
  await auth.login({ assertion: 'eyJ…', logins: { 'accounts.google.com': 'eyJ…' } });
  // @ts-expect-error A username alone proves nothing.
  await auth.login({ username: 'alice' });
  // @ts-expect-error The client sends the guest's token itself.
  await auth.login({ username: 'alice', password: 'secret', guestToken: 'eyJ…' });
  // @ts-expect-error An assertion is no credentials of both accounts.
  await auth.merge({ source: { assertion: 'eyJ…' } });
  const { outcome } = await auth.merge({
    source: { username: 'bob', password: 'secret' },
    destination: { assertion: 'eyJ…' },
    dryRun: true,
  });
  // @ts-expect-error There is no such outcome.
  if (outcome === 'done') return;
  const identity = await auth.identity();
  // @ts-expect-error Nobody may be signed in.
  identity.identityId.toUpperCase();
  const off: () => void = auth.onSignedOut(({ reason }) => reason === 'logout');
  auth.onIdentityChanged(({ from, to }) => [from, to]);
  // @ts-expect-error There is no such reason.
  auth.onSignedOut(({ reason }) => reason === 'bored');
  const { expiration } = await auth.credentials({ forceRefresh: true });
  return { identityId, answer, off, time: expiration.getTime() };
};

export const handles = (error: unknown) => {
  if (!(error instanceof DeveloperIdentityError)) return 0;
  if (error.code === 'NotAuthorizedException') return 3;
  if (error.code === 'too_many_attempts') return error.retryAfter ?? 1;
  // @ts-expect-error There is no such code.
  if (error.code === 'too_many_atempts') return 1;
  // @ts-expect-error It is only read.
  error.code = 'signed_out';
  return 2;
};
