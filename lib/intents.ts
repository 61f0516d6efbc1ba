import { createHash } from 'node:crypto';
import { DeleteCommand, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { Problem } from './problem.ts';
import { createRememberedRequests } from './remembered-requests.ts';
import { fromTable, groups, ifCondition, keys, type Table } from './table.ts';

/** Whose doing it is, for the audit. */
export interface By {
  actor: string;
  reason?: string | undefined;
  requestId: string;
  /** Only its hash is kept, as a part of the request's. */
  idempotencyKey?: string | undefined;
}

export type Kind = 'merge' | 'unlink' | 'delete';

/**
 * A change to an identity that is written down before it is made, so that a crash loses nothing. Its key is the identity
 * that it takes something from: while it is open, no other change to that one begins, nor to the one that it holds.
 */
export interface Intent<Change> extends Omit<By, 'idempotencyKey'> {
  pk: string;
  kind: Kind;
  change: Change;
  /** The identity that it gives something to. */
  holds?: string | undefined;
  /** A hash of what is asked for, by whom and under which key: the same request sent again has the same. */
  request: string;
  /** Milliseconds since 1970. */
  startedAt: number;
  /** Whether its end is remembered: its request had an idempotency key. */
  kept: boolean;
}

/** At the key of an identity that an intent holds. It is void once that one is over, whatever was cut off. */
interface Hold {
  pk: string;
  /** The intent's key, and its request. */
  heldBy: string;
  requestId: string;
}

export type Intents = ReturnType<typeof createIntents>;

/**
 * The changes that are under way. A request that is sent again finds its own. Under an idempotency key it does so even
 * when it is done: whatever of the request's end was cut off, and whoever finished it, its retry is told so.
 */
export const createIntents = ({ client, name }: Table) => {
  const get = async <Item>(pk: string): Promise<Item | undefined> => {
    const command = new GetCommand({ TableName: name, Key: { pk }, ConsistentRead: true });
    return (await fromTable(client.send(command))).Item as Item | undefined;
  };
  const intentKey = (identityId: string) => keys.intent('identity', identityId);
  const requests = createRememberedRequests({ client, name });

  const deleteItem = async ({ pk, requestId }: Pick<Hold, 'pk' | 'requestId'>): Promise<void> => {
    const command = new DeleteCommand({
      TableName: name,
      Key: { pk },
      // Another may have begun since: that one stays.
      ConditionExpression: 'requestId = :request',
      ExpressionAttributeValues: { ':request': requestId },
    });
    await ifCondition(client.send(command));
  };

  const isVoid = async ({ heldBy, requestId }: Partial<Hold>): Promise<boolean> =>
    heldBy !== undefined && (await get<Intent<unknown>>(heldBy))?.requestId !== requestId;

  /** Writes an intent or a hold, or answers what is open in its place. */
  const putIfFree = async <Item extends { pk: string }>(item: Item): Promise<Item & Partial<Hold>> => {
    const command = new PutCommand({
      TableName: name,
      Item: item,
      ConditionExpression: 'attribute_not_exists(pk)',
    });
    if (await ifCondition(client.send(command))) return item;
    const found = await get<Item & Hold>(item.pk);
    if (found && !(await isVoid(found))) return found;
    // The other one is over already.
    if (found) await deleteItem(found);
    return putIfFree(item);
  };

  const begin = async <Change>(
    identityId: string,
    kind: Kind,
    what: object,
    change: Change,
    by: By,
    holds?: string,
  ): Promise<Intent<Change>> => {
    const { actor, reason, requestId } = by;
    const intent: Intent<Change> = {
      ...intentKey(identityId),
      ...{ kind, change, holds, actor, reason, requestId, startedAt: Date.now() },
      request: requestOf(kind, what, by),
      kept: by.idempotencyKey !== undefined,
    };
    const begun = await putIfFree({ ...intent, group: groups.intents });
    if (begun.request !== intent.request) throw new Problem('change_in_progress');
    // Before anything is changed: of users who unlink the login that they sign in with, the identity is known no more.
    if (begun.kept) await requests.remember(begun);
    return begun;
  };

  const hold = async ({ pk: heldBy, requestId, holds }: Intent<unknown>): Promise<void> => {
    if (holds === undefined) return;
    const held = await putIfFree<Hold>({ ...intentKey(holds), heldBy, requestId });
    if (held.heldBy !== heldBy) throw new Problem('change_in_progress');
  };

  /** The intent first: what it holds is held as long as it is open. */
  const drop = async ({ pk, requestId, holds }: Intent<unknown>): Promise<void> => {
    await deleteItem({ pk, requestId });
    if (holds !== undefined) await deleteItem({ ...intentKey(holds), requestId });
  };

  return {
    /**
     * What the same request has begun before: known by its idempotency key, even when it is done, or while it is open
     * by the identity that it names.
     */
    async find<Change>(
      kind: Kind,
      what: object,
      by: By,
      identityId?: string,
    ): Promise<(Intent<Change> & { done?: never }) | { done: true; change: Change } | undefined> {
      const request = requestOf(kind, what, by);
      const remembered = by.idempotencyKey === undefined ? undefined : await requests.recall<Change>(request);
      const pk = remembered?.intent ?? (identityId && intentKey(identityId).pk);
      const found = pk ? await get<Intent<Change>>(pk) : undefined;
      const intent = found?.request === request ? found : undefined;
      if (!remembered?.done) return intent;
      // Only its end was cut off.
      if (intent) await drop(intent);
      return { done: true, change: remembered.change };
    },

    /**
     * Writes an intent, or answers the one that the same request wrote before.
     * @throws Problem `change_in_progress` for another request's
     */
    begin,

    /**
     * Keeps other changes from the identity that the intent holds. Done again it is the same.
     * @throws Problem `change_in_progress` for one that is open: nothing was changed yet
     */
    hold,

    /** It was refused: a retry is to hear why. */
    drop,

    async finish(intent: Intent<unknown>): Promise<void> {
      if (intent.kept) await requests.setDone(intent);
      await drop(intent);
    },

    /** All that are open, the oldest first. They are few: each lives for the seconds that its request takes. */
    async open(): Promise<Intent<unknown>[]> {
      const command = new QueryCommand({
        TableName: name,
        IndexName: 'byGroup',
        KeyConditionExpression: '#group = :group',
        ExpressionAttributeNames: { '#group': 'group' },
        ExpressionAttributeValues: { ':group': groups.intents },
      });
      const { Items = [] } = await fromTable(client.send(command));
      const found = await Promise.all(Items.map(({ pk }) => get<Intent<unknown>>(pk)));
      // The index is some milliseconds behind.
      return found
        .filter((intent) => intent !== undefined)
        .sort((one, other) => one.startedAt - other.startedAt);
    },
  };
};

const requestOf = (kind: Kind, what: object, { actor, idempotencyKey }: By) =>
  createHash('sha256')
    .update(JSON.stringify([kind, what, actor, idempotencyKey]))
    .digest('base64url');
