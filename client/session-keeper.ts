import { emitter } from './events.ts';
import { lockFor } from './lock.ts';
import { isSame, memoryStorage, type Session, type SessionStorage, sessionStore } from './storage.ts';

/** For a client of the AWS SDK. */
export interface AwsCredentials {
  accessKeyId: string;
  secretAccessKey: string;
  sessionToken: string;
  /** By this device's clock, whatever that says. It becomes 1970 when the user changes, or when there are newer ones. */
  expiration: Date;
  /** Whose they are. */
  identityId: string;
}

/** A Cognito token of a signed-in user. */
export interface CognitoToken {
  identityId: string;
  token: string;
  /** By this device's clock. */
  expiration: Date;
}

/** What is held of the present session, in memory only. */
interface Held {
  token?: CognitoToken;
  credentials?: AwsCredentials;
}

/** A user is not signed in here any more. `elsewhere`: another tab signed out, or somebody else in. */
export interface SignedOut {
  identityId: string;
  reason: 'logout' | 'session_ended' | 'other_user' | 'elsewhere';
}

/** Whose session this is: read and changed by one tab at a time, and what is held never outlives its session. */
export const sessionKeeper = (name: string, shared?: SessionStorage) => {
  const storage = shared ?? memoryStorage();
  const store = sessionStore(storage, name);
  const lock = lockFor(storage, name, storage === shared);
  const signedOut = emitter<SignedOut>();
  let seen: Session | undefined;
  let held: Held = {};

  /** The SDK's clients keep credentials until they expire: now. */
  const forget = () => {
    held.credentials?.expiration.setTime(0);
    held = {};
  };

  const see = (session: Session | undefined) => {
    if (!isSame(seen, session)) forget();
    seen = session;
  };

  const leave = (reason: SignedOut['reason']) => {
    if (seen?.refreshToken) signedOut.emit({ identityId: seen.identityId, reason });
  };

  /** Runs with the stored session, alone among all that share the storage. */
  const exclusive = <T>(run: (session: Session | undefined) => Promise<T>): Promise<T> =>
    lock(async () => {
      const stored = await store.read();
      if (seen && stored?.identityId !== seen.identityId) leave('elsewhere');
      see(stored);
      return run(stored);
    });

  // Without it another tab learns at its next call. In browsers only: on a server nobody would close it.
  const channel =
    shared && 'location' in globalThis && typeof BroadcastChannel === 'function'
      ? new BroadcastChannel(name)
      : undefined;
  channel?.addEventListener('message', () => void exclusive(async () => {}).catch(() => {}));

  /** The session from now on. Tokens are used after this only: they may be the only good ones. */
  const become = async (next: Session | undefined): Promise<void> => {
    const former = seen;
    see(next);
    if (next) await store.write(next, former);
    else if (former) await store.clear(former);
    if (!isSame(former, next)) channel?.postMessage(undefined);
  };

  return {
    exclusive,
    forget,
    leave,
    onSignedOut: signedOut.on,

    /** What is held of the stored session: nothing where another tab or this one is changing it. */
    async held(): Promise<Held> {
      return isSame(await store.read(), seen) ? held : {};
    },

    /** The session and what is held of it, for who runs exclusively. */
    session: () => seen,
    mine: () => held,

    become,

    /** No session from now on. */
    async end(reason: SignedOut['reason']): Promise<void> {
      leave(reason);
      await become(undefined);
    },
  };
};

export type SessionKeeper = ReturnType<typeof sessionKeeper>;
