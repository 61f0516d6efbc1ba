import { type CognitoCredentials, type CognitoIdentity, isRefused } from './cognito.ts';
import { DeveloperIdentityError } from './error.ts';
import type { DeveloperIdentities, Tokens } from './service.ts';
import type { AwsCredentials, CognitoToken, SessionKeeper } from './session-keeper.ts';

interface Parts {
  service: DeveloperIdentities;
  cognito: CognitoIdentity;
  keeper: SessionKeeper;
  /** Told when a refresh finds another identity than the session had. */
  onMoved: (from: string, to: string) => void;
}

/** Milliseconds. The SDK's clients ask for new credentials so long before the old ones expire. */
const credentialsAhead = 5 * 60_000;
const tokenAhead = 60_000;

const lasts = (one: { expiration: Date } | undefined, milliseconds: number): boolean =>
  one !== undefined && one.expiration.getTime() - Date.now() > milliseconds;

/** Tokens and credentials of the keeper's session, got anew ahead of their end. By no timer: a device sleeps. */
export const sessionCredentials = ({ service, cognito, keeper, onMoved }: Parts) => {
  /** Milliseconds that AWS's clock is ahead of this device's, as far as a token has told. */
  let skew = 0;
  const byThisClock = (time: number) => new Date(time - skew);

  /** Makes a login's or a refresh's answer the session. */
  const start = async ({
    identityId,
    token,
    tokenExpiresAt,
    refreshToken,
  }: Tokens): Promise<CognitoToken> => {
    skew = issuedAt(token) - Date.now();
    // First of all: the refresh token before it is used up.
    await keeper.become({ identityId, refreshToken });
    const held = { identityId, token, expiration: byThisClock(Date.parse(tokenExpiresAt)) };
    keeper.mine().token = held;
    return held;
  };

  const refresh = async (identityId: string, refreshToken: string): Promise<CognitoToken> => {
    const answer = await service.refresh(refreshToken).catch(async (error: DeveloperIdentityError) => {
      if (error.code === 'invalid_refresh_token') await keeper.end('session_ended');
      throw error;
    });
    const token = await start(answer);
    if (token.identityId !== identityId) onMoved(identityId, token.identityId);
    return token;
  };

  const token = async (isForced = false): Promise<CognitoToken> => {
    const { identityId = '', refreshToken } = keeper.session() ?? {};
    if (!refreshToken) throw new DeveloperIdentityError('signed_out', 'Nobody is signed in');
    const held = keeper.mine().token;
    return held && !isForced && lasts(held, tokenAhead) ? held : refresh(identityId, refreshToken);
  };

  const hold = (identityId: string, found: CognitoCredentials): AwsCredentials => {
    const credentials = {
      identityId,
      accessKeyId: found.AccessKeyId,
      secretAccessKey: found.SecretKey,
      sessionToken: found.SessionToken,
      expiration: byThisClock(found.Expiration * 1000),
    };
    const held = keeper.mine();
    // Or an SDK's client would keep the former ones beyond their user, whom nobody could tell it is gone.
    held.credentials?.expiration.setTime(0);
    held.credentials = credentials;
    return credentials;
  };

  const ofGuest = async (identityId: string) => hold(identityId, await cognito.getCredentials(identityId));

  const ofUser = async (isForced: boolean): Promise<AwsCredentials> => {
    const { identityId, token: value } = await token(isForced);
    try {
      return hold(identityId, await cognito.getCredentials(identityId, value));
    } catch (error) {
      if (isForced || !isRefused(error)) throw error;
      // Merged or unlinked meanwhile, or this device's clock was wrong about the token: a new one knows.
      return ofUser(true);
    }
  };

  const renew = async (isForced: boolean): Promise<AwsCredentials> => {
    const session = keeper.session();
    const { credentials } = keeper.mine();
    if (credentials && !isForced && lasts(credentials, credentialsAhead)) return credentials;
    try {
      return await (session && !session.refreshToken ? ofGuest(session.identityId) : ofUser(isForced));
    } catch (error) {
      // It was ahead of need: an outage that is over in time goes unnoticed.
      const isGood = !isForced && lasts(credentials, 0) && (error as DeveloperIdentityError).isTransient;
      if (credentials && isGood) return credentials;
      throw error;
    }
  };

  const renewals = new Map<boolean, Promise<AwsCredentials>>();
  /** One at a time, however many ask. */
  const renewOnce = (isForced: boolean): Promise<AwsCredentials> => {
    const running = renewals.get(isForced);
    if (running) return running;
    const renewal = keeper.exclusive(() => renew(isForced)).finally(() => renewals.delete(isForced));
    renewals.set(isForced, renewal);
    return renewal;
  };

  return {
    start,
    ofGuest,

    /** A token that is good for a minute at least. Exclusively. */
    token,

    /** Credentials that are good for five minutes at least, if they can be had. */
    async credentials({ forceRefresh = false } = {}): Promise<AwsCredentials> {
      const { credentials } = forceRefresh ? {} : await keeper.held();
      // A copy: others may write to it. The date in it is shared on purpose.
      return {
        ...(credentials && lasts(credentials, credentialsAhead)
          ? credentials
          : await renewOnce(forceRefresh)),
      };
    },
  };
};

/** From the token itself; where it can't be read (no atob in old engines) the device's clock has to do. */
const issuedAt = (token: string): number => {
  try {
    const [, payload = ''] = token.split('.');
    return JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))).iat * 1000;
  } catch {
    return Date.now();
  }
};
