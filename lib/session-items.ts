import { DeleteCommand, GetCommand, PutCommand, paginateQuery, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { User } from './authenticators/user.ts';
import type { Config } from './config.ts';
import { hashOf, seal } from './refresh-token.ts';
import { fromTable, groups, type Item, ifCondition, keys, now, type Table } from './table.ts';

/** All that is kept of a session: one item, changed under conditions only. Times are epoch seconds. */
export interface SessionItem extends Item {
  group: string;
  user: User;
  /** What the client asked for at login: how long a Cognito token lives. */
  durationSeconds: number;
  /** SHA-256 of the refresh token's secret that is good now, of the one before, and of what all of them share. */
  secretHash: string;
  previousHash?: string | undefined;
  familyHash: string;
  /** The present secret, sealed with the one before; and until when that one may still open it. */
  successor?: string | undefined;
  retryUntil?: number;
  /** The hash of a secret that somebody got by asking again: that rotation can't be undone. */
  givenAgain?: string;
  /** When it was refreshed last, or started. */
  refreshedAt: number;
  /** Its absolute end. DynamoDB deletes it some time after that. */
  expiresAt: number;
}

/** The items of sessions. Everything @throws Problem `table_unavailable`, `timed_out` */
export const createSessionItems = ({ client, name }: Table, config: Config) => ({
  /** The item of a session that is not over. */
  async find(id: string, abortSignal: AbortSignal): Promise<SessionItem | undefined> {
    const command = new GetCommand({ TableName: name, Key: keys.session(id), ConsistentRead: true });
    const item = (await fromTable(client.send(command, { abortSignal }))).Item as SessionItem | undefined;
    // DynamoDB deletes late.
    const isAlive =
      item && item.expiresAt > now() && item.refreshedAt + config.SESSION_INACTIVITY_SECONDS > now();
    return isAlive ? item : undefined;
  },

  /** Its item as it was before, or undefined where the secret is not the present one of a session that is not over. */
  async rotate(id: string, secret: string, next: string, abortSignal: AbortSignal) {
    const command = new UpdateCommand({
      TableName: name,
      Key: keys.session(id),
      ConditionExpression: 'secretHash = :present AND expiresAt > :now AND refreshedAt > :inactive',
      UpdateExpression:
        'SET previousHash = secretHash, secretHash = :next, successor = :sealed, refreshedAt = :now, retryUntil = :retry',
      ExpressionAttributeValues: {
        ':present': hashOf(secret),
        ':next': hashOf(next),
        ':sealed': seal(next, secret),
        ':now': now(),
        ':inactive': now() - config.SESSION_INACTIVITY_SECONDS,
        ':retry': now() + config.REFRESH_RETRY_SECONDS,
      },
      ReturnValues: 'ALL_OLD',
    });
    return (await ifCondition(client.send(command, { abortSignal })))?.Attributes as SessionItem | undefined;
  },

  /** Undoes the rotation to `next`, unless somebody has that secret, or the session has ended. */
  async putBack(before: SessionItem, next: string): Promise<void> {
    const command = new PutCommand({
      TableName: name,
      Item: before,
      ConditionExpression: 'secretHash = :next AND (attribute_not_exists(givenAgain) OR givenAgain <> :next)',
      ExpressionAttributeValues: { ':next': hashOf(next) },
    });
    // Without the request's signal: that may be what ended the request.
    await ifCondition(client.send(command));
  },

  /** Whether a secret is still the present one, or the one before: then its rotation can't be undone from now on. */
  async giveAgain(id: string, secret: string, abortSignal: AbortSignal): Promise<boolean> {
    const command = new UpdateCommand({
      TableName: name,
      Key: keys.session(id),
      ConditionExpression: 'secretHash = :given OR previousHash = :given',
      UpdateExpression: 'SET givenAgain = :given',
      ExpressionAttributeValues: { ':given': hashOf(secret) },
    });
    return (await ifCondition(client.send(command, { abortSignal }))) !== undefined;
  },

  async end(id: string, abortSignal: AbortSignal): Promise<void> {
    const command = new DeleteCommand({ TableName: name, Key: keys.session(id) });
    await fromTable(client.send(command, { abortSignal }));
  },
});

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
