import type { User } from './authenticators/user.ts';
import type { Config } from './config.ts';
import { Problem } from './problem.ts';
import { familyOf, hashOf, newRefreshToken, nextSecret, parseRefreshToken, unseal } from './refresh-token.ts';
import { createSessionItems, endSessionsOf, type SessionItem } from './session-items.ts';
import { groups, keys, now, type Table } from './table.ts';

export interface Session {
  refreshToken: string;
  /** ISO 8601. */
  refreshTokenExpiresAt: string;
}

/** A session whose refresh token was good, and is used up. */
interface UsedSession extends Pick<SessionItem, 'user' | 'durationSeconds'> {
  id: string;
  /** The last step: what the client gets. @throws Problem `invalid_refresh_token`, `table_unavailable` */
  next: () => Promise<Session>;
  /** Where the client gets nothing: its token is good again. */
  takeBack: () => Promise<void>;
}

export type Sessions = ReturnType<typeof createSessions>;

/** Sessions with refresh tokens that rotate at every use (RFC 9700 §2.2.2). */
export const createSessions = (table: Table, config: Config) => {
  const items = createSessionItems(table, config);

  const sessionOf = (
    id: string,
    { refreshedAt, expiresAt }: Pick<SessionItem, 'refreshedAt' | 'expiresAt'>,
    secret: string,
  ): Session => ({
    refreshToken: `${id}.${secret}`,
    refreshTokenExpiresAt: new Date(
      Math.min(refreshedAt + config.SESSION_INACTIVITY_SECONDS, expiresAt) * 1000,
    ).toISOString(),
  });

  /** A rotation that nobody but this request knows of. */
  const rotated = (id: string, before: SessionItem, next: string, refreshedAt: number): UsedSession => ({
    id,
    user: before.user,
    durationSeconds: before.durationSeconds,
    next: async () => sessionOf(id, { ...before, refreshedAt }, next),
    // Should that fail too, the token still opens its successor for as long as REFRESH_RETRY_SECONDS; and the first
    // problem is the one to tell.
    takeBack: () => items.putBack(before, next).catch(() => {}),
  });

  /** Sent again after a lost answer. It gets the same one: however often it is asked, there is one present token. */
  const again = (
    id: string,
    item: SessionItem,
    successor: string,
    start: () => Promise<UsedSession>,
    signal: AbortSignal,
  ): UsedSession => ({
    id,
    user: item.user,
    durationSeconds: item.durationSeconds,
    async next() {
      if (await items.giveAgain(id, successor, signal)) return sessionOf(id, item, successor);
      // The rotation was undone meanwhile, or the session has ended.
      return (await start()).next();
    },
    takeBack: async () => {},
  });

  /**
   * Uses a refresh token up, in one request where it is the present one: it rotates before anything else is done, and
   * what fails later takes that back. The token sent again within REFRESH_RETRY_SECONDS gets the same next one; later,
   * or after that one, it ends the session.
   * @throws Problem `invalid_refresh_token`, `table_unavailable`
   */
  const use = async (refreshToken: string, signal: AbortSignal): Promise<UsedSession> => {
    const token = parseRefreshToken(refreshToken);
    if (!token) throw new Problem('invalid_refresh_token');
    const { id, secret } = token;
    const [next, hash, time] = [nextSecret(secret), hashOf(secret), now()];
    const before = await items.rotate(id, secret, next, signal);
    if (before) return rotated(id, before, next, time);

    const item = await items.find(id, signal);
    if (!item || !isOfFamily(item, secret)) throw new Problem('invalid_refresh_token');
    const { secretHash, previousHash, successor, retryUntil = 0 } = item;
    // It was this very rotation: the table's answer was lost, and the SDK sent it again.
    if (secretHash === hashOf(next)) {
      const unused = { ...item, secretHash: hash, previousHash: undefined, successor: undefined };
      return rotated(id, unused, next, item.refreshedAt);
    }
    const start = () => use(refreshToken, signal);
    // Another request had used it, and took that back just now.
    if (secretHash === hash) return start();
    if (previousHash === hash && successor && now() < retryUntil) {
      return again(id, item, unseal(successor, secret), start, signal);
    }
    // One of those who had a token of this session has a used one: it ends for all of them.
    await items.end(id, signal);
    throw new Problem('invalid_refresh_token');
  };

  return {
    use,
    end: items.end,

    /** A new session, and the item to write: nothing is written yet. */
    start(user: User, durationSeconds: number): { session: Session; item: SessionItem } {
      const { id, secret } = newRefreshToken();
      const item: SessionItem = {
        ...keys.session(id),
        group: groups.sessionsOf(user.userId),
        user: { ...user, attributes: pick(user.attributes, config.PRINCIPAL_TAGS) },
        durationSeconds,
        secretHash: hashOf(secret),
        familyHash: hashOf(familyOf(secret)),
        refreshedAt: now(),
        expiresAt: now() + config.SESSION_LIFETIME_SECONDS,
      };
      return { item, session: sessionOf(id, item, secret) };
    },

    /**
     * The session of any refresh token that it ever had, to be ended: one that was used long ago comes from a client
     * that is late, which wants that, or is a replay, which has to.
     */
    async of(
      refreshToken: string,
      abortSignal: AbortSignal,
    ): Promise<{ id: string; user: User } | undefined> {
      const token = parseRefreshToken(refreshToken);
      const item = token && (await items.find(token.id, abortSignal));
      return item && isOfFamily(item, token.secret) ? { id: token.id, user: item.user } : undefined;
    },

    endAll: (userId: string) => endSessionsOf(table, userId),
  };
};

/** Whether the session ever had the token. Whoever knows its id alone, from wherever, can neither use nor end it. */
const isOfFamily = ({ familyHash }: SessionItem, secret: string) => familyHash === hashOf(familyOf(secret));

/** What a refresh needs: a user's other attributes are nobody's business here. */
const pick = (attributes: User['attributes'], names: string[]) =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name)));
