import { cognitoIdentity, isRefused } from './cognito.ts';
import { sessionCredentials } from './credentials.ts';
import { emitter } from './events.ts';
import type { Fetch } from './http.ts';
import {
  type Account,
  developerIdentities,
  type LoginInput,
  type Merged,
  type MergeInput,
  type UnlinkInput,
} from './service.ts';
import { type CognitoToken, sessionKeeper } from './session-keeper.ts';
import { type Session, type SessionStorage, storageKey } from './storage.ts';

export interface DeveloperIdentityOptions {
  /** The service's. */
  apiUrl: string;
  identityPoolId: string;
  /** Where the session is kept; in memory without one. */
  storage?: SessionStorage;
  /** Keeps apart what shares a storage: on a server, the id of its own session with the browser. */
  name?: string;
  /** For a local Cognito, a proxy, or a FIPS endpoint. */
  cognitoEndpoint?: string;
  /** In place of the global one. */
  fetch?: Fetch;
}

export interface Identity {
  identityId: string;
  isGuest: boolean;
}

export interface LoginAnswer {
  identityId: string;
  /** Where there was a guest: whether it became this user, or was left alone. */
  guest?: 'linked' | 'kept-separate';
  /** The guest's, where it was left alone. */
  guestIdentityId?: string;
}

/** The same person has another identity now: data under `from` belongs under `to`. */
export interface IdentityChange {
  from: string;
  to: string;
  /** `guest`: a guest signed in to an account that had an identity already. `refresh`: changed by somebody else. */
  reason: 'merge' | 'guest' | 'refresh';
}

export type DeveloperIdentity = ReturnType<typeof developerIdentity>;

const asIdentity = ({ identityId, refreshToken }: Session): Identity => ({
  identityId,
  isGuest: !refreshToken,
});

/** Your users' own login, and AWS credentials for it. All of it @throws DeveloperIdentityError, or what the storage throws. */
export const developerIdentity = ({
  apiUrl,
  identityPoolId,
  storage,
  name = 'developer-identity',
  cognitoEndpoint,
  // Not as it is: browsers refuse it as a method of another object.
  fetch = (url, init) => globalThis.fetch(url, init),
}: DeveloperIdentityOptions) => {
  const service = developerIdentities({ fetch, apiUrl, identityPoolId });
  const cognito = cognitoIdentity({ fetch, identityPoolId, endpoint: cognitoEndpoint });
  const keeper = sessionKeeper(storageKey(name, identityPoolId), storage);
  const { exclusive } = keeper;
  const changed = emitter<IdentityChange>();
  const { start, ofGuest, token, credentials } = sessionCredentials({
    service,
    cognito,
    keeper,
    onMoved: (from, to) => changed.emit({ from, to, reason: 'refresh' }),
  });

  /** None where Cognito knows no such guest any more: there is nothing to keep. */
  const guestTokenOf = (guest: Session) =>
    cognito.getOpenIdToken(guest.identityId).catch((error) => {
      if (!isRefused(error)) throw error;
    });

  const login = (input: LoginInput): Promise<LoginAnswer> =>
    exclusive(async (former) => {
      const guestToken = former && !former.refreshToken ? await guestTokenOf(former) : undefined;
      const answer = await service.login({ ...input, ...(guestToken && { guestToken }) });
      if (former?.identityId !== answer.identityId) keeper.leave('other_user');
      keeper.forget();
      const { identityId } = await start(answer);
      // Nobody waits for it, and an offline moment is no reason to refuse a login that succeeded.
      if (former?.refreshToken) void service.logout(former.refreshToken, false).catch(() => {});
      if (!former || !answer.guest) return { identityId };
      if (answer.guest === 'linked') return { identityId, guest: 'linked' };
      changed.emit({ from: former.identityId, to: identityId, reason: 'guest' });
      return { identityId, guest: answer.guest, guestIdentityId: former.identityId };
    });

  const logout = ({ everywhere = false } = {}): Promise<void> => {
    // At once: whoever signs out does not wait for a network to be rid of the credentials.
    keeper.forget();
    return exclusive(async (session) => {
      // Each is done whatever becomes of the other.
      const results = await Promise.allSettled([
        keeper.end('logout'),
        session?.refreshToken && service.logout(session.refreshToken, everywhere),
      ]);
      for (const result of results) if (result.status === 'rejected') throw result.reason;
    });
  };

  const guest = (): Promise<Identity> =>
    exclusive(async (session) => {
      if (session?.refreshToken) return asIdentity(session);
      if (session && keeper.mine().credentials) return asIdentity(session);
      if (session) {
        try {
          await ofGuest(session.identityId);
          return asIdentity(session);
        } catch (error) {
          if (!isRefused(error)) throw error;
        }
      }
      const identityId = await cognito.getId();
      await keeper.become({ identityId });
      await ofGuest(identityId);
      return { identityId, isGuest: true };
    });

  const merge = (input: MergeInput): Promise<Merged> =>
    exclusive(async (session) => {
      const merged = await service.merge(input);
      const { sourceIdentityId: from, identityId: to } = merged;
      const isMine = session?.refreshToken && session.identityId === from && from !== to;
      if (input.dryRun || !isMine) return merged;
      // The service has ended the source's sessions. The same user goes on with a new one, of the other identity.
      try {
        await start(await service.login(input.source));
      } catch {
        await keeper.end('session_ended');
      }
      changed.emit({ from, to, reason: 'merge' });
      return merged;
    });

  return {
    /** Signs in. A guest comes along; a user who was signed in before is signed out, unless it fails. */
    login,

    /** Goes on as the stored guest or a new one. Whoever is signed in stays so. */
    guest,

    /** Forgets the session or the guest, also where it rejects: then the service may not know yet. */
    logout,

    /** Who is signed in, without asking anybody. */
    identity: (): Promise<Identity | undefined> =>
      exclusive(async (session) => session && asIdentity(session)),

    /** A provider for any client of the AWS SDK. `forceRefresh` also gets a new Cognito token: new principal tags. */
    credentials,

    /** The user's Cognito token, for the `logins` of other SDKs: under the key `cognito-identity.amazonaws.com`. */
    token: (): Promise<CognitoToken> => exclusive(() => token()),

    /** The logins that are linked to the user's identity. */
    account: async (): Promise<Account> => service.account((await exclusive(() => token())).token),

    /** Merges one of the user's accounts into another, with the credentials of both. */
    merge,

    /** Unlinks one of the user's own logins, with fresh credentials. */
    unlink: (input: UnlinkInput): Promise<void> =>
      exclusive(async () => {
        await service.unlink(input);
        // It may be this session's own: the next call finds out.
        keeper.forget();
      }),

    onSignedOut: keeper.onSignedOut,
    onIdentityChanged: changed.on,
  };
};
