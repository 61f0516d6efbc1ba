import { createHash } from 'node:crypto';
import { DeleteCommand, GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { fromTable, groups, ifCondition, keys, now, type Table } from './table.ts';

/** Whose doing it is, for the audit. */
export interface By {
  actor: string;
  reason?: string | undefined;
  requestId: string;
  /** Only its hash is kept, as a part of the intent's key. */
  idempotencyKey?: string | undefined;
}

export type Kind = 'merge' | 'unlink' | 'delete';

/** A change to identities that is written down before it is made, so that a crash loses nothing. */
export interface Intent<Change> extends Omit<By, 'idempotencyKey'> {
  pk: string;
  /** While it is open. */
  group?: string;
  kind: Kind;
  change: Change;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** Whether it is kept when it is done: its request had an idempotency key. */
  kept: boolean;
  done?: true;
  /** Epoch seconds: the end of one that is kept. */
  expiresAt?: number;
}

/** Seconds: as long as an idempotency key. */
const keptFor = 86_400;

export type Intents = ReturnType<typeof createIntents>;

/**
 * The changes that are under way. What is the same change has the same key: a request sent again finds the first's. Under
 * an idempotency key it is that request's own, and it is kept when it is done: whatever of the request's end was cut off,
 * and whoever finished it, its retry is told so.
 */
export const createIntents = ({ client, name }: Table) => {
  const get = async <Change>(pk: string): Promise<Intent<Change> | undefined> => {
    const command = new GetCommand({ TableName: name, Key: { pk }, ConsistentRead: true });
    const intent = (await fromTable(client.send(command))).Item as Intent<Change> | undefined;
    // DynamoDB deletes late.
    return intent?.expiresAt !== undefined && intent.expiresAt < now() ? undefined : intent;
  };
  const keyOf = (kind: Kind, what: string[], { actor, idempotencyKey }: By) => {
    const parts = idempotencyKey === undefined ? what : [what, actor, idempotencyKey];
    return keys.intent(kind, createHash('sha256').update(JSON.stringify(parts)).digest('base64url'));
  };

  const begin = async <Change>(
    kind: Kind,
    what: string[],
    change: Change,
    by: By,
  ): Promise<Intent<Change>> => {
    const { actor, reason, requestId } = by;
    const item: Intent<Change> = {
      ...keyOf(kind, what, by),
      ...{ kind, change, actor, reason, requestId, startedAt: Date.now(), group: groups.intents },
      kept: by.idempotencyKey !== undefined,
    };
    const command = new PutCommand({
      TableName: name,
      Item: item,
      ConditionExpression: 'attribute_not_exists(pk) OR expiresAt < :now',
      ExpressionAttributeValues: { ':now': now() },
    });
    if (await ifCondition(client.send(command))) return item;
    // Another request's; or its own, when the table's answer was lost and the SDK sent it again.
    return (await get<Change>(item.pk)) ?? begin(kind, what, change, by);
  };

  /** Another of the same key may have begun since: that one stays. */
  const unlessAnother = ({ pk, requestId }: Intent<unknown>) => ({
    TableName: name,
    Key: { pk },
    ConditionExpression: 'requestId = :request',
    ExpressionAttributeValues: { ':request': requestId },
  });

  const drop = async (intent: Intent<unknown>): Promise<void> => {
    await ifCondition(client.send(new DeleteCommand(unlessAnother(intent))));
  };

  return {
    /** The intent of a change that was begun, and not finished unless it says so. */
    find: <Change>(kind: Kind, what: string[], by: By) => get<Change>(keyOf(kind, what, by).pk),

    /** Writes an intent, or answers the one that another request wrote in the meantime. */
    begin,

    /** It was refused: a retry is to hear why. */
    drop,

    async finish(intent: Intent<unknown>): Promise<void> {
      if (!intent.kept) return drop(intent);
      const { ExpressionAttributeValues: values, ...command } = unlessAnother(intent);
      await ifCondition(
        client.send(
          new UpdateCommand({
            ...command,
            UpdateExpression: 'SET done = :true, expiresAt = :expires REMOVE #group',
            ExpressionAttributeNames: { '#group': 'group' },
            ExpressionAttributeValues: { ...values, ':true': true, ':expires': now() + keptFor },
          }),
        ),
      );
    },

    /** All that are not finished. They are few: each lives for the seconds that its request takes. */
    async open(): Promise<Intent<unknown>[]> {
      const command = new QueryCommand({
        TableName: name,
        IndexName: 'byGroup',
        KeyConditionExpression: '#group = :group',
        ExpressionAttributeNames: { '#group': 'group' },
        ExpressionAttributeValues: { ':group': groups.intents },
      });
      const { Items = [] } = await fromTable(client.send(command));
      const found = await Promise.all(Items.map(({ pk }) => get(pk)));
      // The index is some milliseconds behind.
      return found.filter((intent) => intent !== undefined && !intent.done) as Intent<unknown>[];
    },
  };
};
