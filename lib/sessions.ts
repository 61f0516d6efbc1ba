import { DeleteCommand, GetCommand, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { User } from './authenticators/user.ts';
import type { Config } from './config.ts';
import { Problem } from './problem.ts';
import { hashOf, newRefreshToken, nextSecret, parseRefreshToken, seal, unseal } from './refresh-token.ts';
import { fromTable, groups, ifCondition, keys, now, type Table } from './table.ts';

/** All that is kept of a session: one item, changed under conditions only. Times are epoch seconds. */
interface SessionItem {
  pk: string;
  group: string;
  user: User;
  /** What the client asked for at login: how long a Cognito token lives. */
  durationSeconds: number;
  /** SHA-256 of the refresh token's secret that is good now, and of the one before. */
  secretHash: string;
  previousHash?: string;
  /** The present secret, sealed with the one before; and until when that one may still open it. */
  successor?: string;
  retryUntil?: number;
  /** When it was refreshed last, or started. */
  refreshedAt: number;
  /** Its absolute end. DynamoDB deletes it some time after that. */
  expiresAt: number;
}

export interface Session {
  refreshToken: string;
  /** ISO 8601. */
  refreshTokenExpiresAt: string;
}

/** A session whose refresh token was shown and is good. */
interface OpenSession extends Pick<SessionItem, 'user' | 'durationSeconds'> {
  id: string;
  /** Uses the token up. @throws Problem `invalid_refresh_token`, `table_unavailable` */
  rotate: () => Promise<Session>;
}

export type Sessions = ReturnType<typeof createSessions>;

/** Sessions with refresh tokens that rotate at every use (RFC 9700 §2.2.2). */
export const createSessions = ({ client, name }: Table, config: Config) => {
  const sessionOf = (id: string, item: SessionItem, secret: string): Session => ({
    refreshToken: `${id}.${secret}`,
    refreshTokenExpiresAt: new Date(
      Math.min(item.refreshedAt + config.SESSION_INACTIVITY_SECONDS, item.expiresAt) * 1000,
    ).toISOString(),
  });

  const end = async (id: string, abortSignal: AbortSignal): Promise<void> => {
    const command = new DeleteCommand({ TableName: name, Key: keys.session(id) });
    await fromTable(client.send(command, { abortSignal }));
  };

  const find = async (id: string, abortSignal: AbortSignal): Promise<SessionItem | undefined> => {
    const command = new GetCommand({ TableName: name, Key: keys.session(id), ConsistentRead: true });
    const item = (await fromTable(client.send(command, { abortSignal }))).Item as SessionItem | undefined;
    // DynamoDB deletes late.
    const isAlive =
      item && item.expiresAt > now() && item.refreshedAt + config.SESSION_INACTIVITY_SECONDS > now();
    return isAlive ? item : undefined;
  };

  /** The session of a token that may be used, or was just now. Any other token of a session ends it. */
  const open = async (refreshToken: string, signal: AbortSignal): Promise<OpenSession> => {
    const token = parseRefreshToken(refreshToken);
    const item = token && (await find(token.id, signal));
    if (!item) throw new Problem('invalid_refresh_token');
    const { id, secret } = token;
    const { user, durationSeconds, secretHash, previousHash, successor, retryUntil = 0 } = item;
    const hash = hashOf(secret);

    if (hash === secretHash) {
      const rotate = async () => {
        const next = nextSecret();
        const rotated = await rotateIfPresent(id, secret, next, signal);
        if (rotated) return sessionOf(id, rotated, next);
        const found = await find(id, signal);
        // It was this very rotation: the table's answer was lost, and the SDK sent it again.
        if (found?.secretHash === hashOf(next)) return sessionOf(id, found, next);
        // Another request has used the token up, or ended the session, since it was read.
        return (await open(refreshToken, signal)).rotate();
      };
      return { id, user, durationSeconds, rotate };
    }
    // Sent again after a lost answer. It gets the same one: however often it is asked, there is one present token.
    if (hash === previousHash && successor && now() < retryUntil) {
      const rotate = async () => sessionOf(id, item, unseal(successor, secret));
      return { id, user, durationSeconds, rotate };
    }
    // The id is known to holders of one of the session's tokens only. One of them has a used one: end it for all.
    await end(id, signal);
    throw new Problem('invalid_refresh_token');
  };

  const rotateIfPresent = async (
    id: string,
    secret: string,
    next: string,
    abortSignal: AbortSignal,
  ): Promise<SessionItem | undefined> => {
    const command = new UpdateCommand({
      TableName: name,
      Key: keys.session(id),
      ConditionExpression: 'secretHash = :present',
      UpdateExpression:
        'SET previousHash = secretHash, secretHash = :next, successor = :sealed, refreshedAt = :now, retryUntil = :retry',
      ExpressionAttributeValues: {
        ':present': hashOf(secret),
        ':next': hashOf(next),
        ':sealed': seal(next, secret),
        ':now': now(),
        ':retry': now() + config.REFRESH_RETRY_SECONDS,
      },
      ReturnValues: 'ALL_NEW',
    });
    return (await ifCondition(client.send(command, { abortSignal })))?.Attributes as SessionItem | undefined;
  };

  return {
    end,

    /** A new session, and the item to write: nothing is written yet. */
    start(user: User, durationSeconds: number): { session: Session; item: SessionItem } {
      const { id, secret } = newRefreshToken();
      const item: SessionItem = {
        ...keys.session(id),
        group: groups.sessionsOf(user.userId),
        user: { ...user, attributes: pick(user.attributes, config.PRINCIPAL_TAGS) },
        durationSeconds,
        secretHash: hashOf(secret),
        refreshedAt: now(),
        expiresAt: now() + config.SESSION_LIFETIME_SECONDS,
      };
      return { item, session: sessionOf(id, item, secret) };
    },

    /**
     * The session that a refresh token opens, to be rotated when all else has succeeded. The token sent again within
     * REFRESH_RETRY_SECONDS of its use rotates to the same next one; later it ends the session.
     * @throws Problem `invalid_refresh_token`, `table_unavailable`
     */
    open,

    /** The session of its present refresh token or the one before, however long ago that was used: to be ended. */
    async of(
      refreshToken: string,
      abortSignal: AbortSignal,
    ): Promise<{ id: string; user: User } | undefined> {
      const token = parseRefreshToken(refreshToken);
      const item = token && (await find(token.id, abortSignal));
      if (!item) return undefined;
      const known = [item.secretHash, item.previousHash].includes(hashOf(token.secret));
      return known ? { id: token.id, user: item.user } : undefined;
    },

    endAll: (userId: string) => endSessionsOf({ client, name }, userId),
  };
};

/** What a refresh needs: a user's other attributes are nobody's business here. */
const pick = (attributes: User['attributes'], names: string[]) =>
  Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name)));

/**
 * Ends every session of a user. The index that finds them is some milliseconds behind (eventual consistency): a session
 * that starts in that moment is not found.
 * @throws Problem `table_unavailable`
 */
export const endSessionsOf = async ({ client, name }: Table, userId: string): Promise<void> => {
  const pages = paginateQuery(
    { client },
    {
      TableName: name,
      IndexName: 'byGroup',
      KeyConditionExpression: '#group = :group',
      ExpressionAttributeNames: { '#group': 'group' },
      ExpressionAttributeValues: { ':group': groups.sessionsOf(userId) },
    },
  );
  const deleteAll = async () => {
    for await (const { Items = [] } of pages) {
      await Promise.all(
        Items.map(({ pk }) => client.send(new DeleteCommand({ TableName: name, Key: { pk } }))),
      );
    }
  };
  await fromTable(deleteAll());
};
