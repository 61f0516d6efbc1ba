import { BatchGetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { Problem } from './problem.ts';
import { fromTable, type Item, ifCondition, type Key, now, type Table } from './table.ts';

/** Failures that are counted together. Times are epoch seconds. */
export interface Counter extends Key {
  failures: number;
  failedAt: number;
  succeededAt?: number;
  expiresAt: number;
}

/** Seconds that failures count after the last. */
const failuresLive = 3_600;

// DynamoDB deletes late: what is too old is told from its times.
export const isFailing = ({ failures, failedAt }: Counter) => failures > 0 && failedAt + failuresLive > now();

/** What an attempt does to counters. Everything @throws as `fromTable` */
export const createCounters = ({ client, name }: Table, abortSignal: AbortSignal) => {
  /** Whether the condition held. */
  const update = async (
    Key: Key,
    UpdateExpression: string,
    ConditionExpression: string,
    ExpressionAttributeValues: Record<string, number>,
    options: { abortSignal?: AbortSignal } = { abortSignal },
  ): Promise<boolean> => {
    const change = { TableName: name, Key, UpdateExpression, ConditionExpression, ExpressionAttributeValues };
    return (await ifCondition(client.send(new UpdateCommand(change), options))) !== undefined;
  };
  const failedNow = 'SET failedAt = :now, expiresAt = :expires';
  const times = (known?: Counter) => ({
    ':now': now(),
    ':expires': Math.max(now() + failuresLive, known?.expiresAt ?? 0),
  });

  /** Whether a counter was as it was read, and has these failures now. */
  const replace = ({ pk, ...known }: Counter, failures: number): Promise<boolean> =>
    update({ pk }, `${failedNow}, failures = :failures`, 'failures = :known AND failedAt = :knownAt', {
      ...times({ pk, ...known }),
      ':failures': failures,
      ':known': known.failures,
      ':knownAt': known.failedAt,
    });

  return {
    replace,

    /** The items that there are of these keys, as they are now and not as they were: a counter that is behind lets more through. */
    async read(...Keys: Key[]): Promise<Map<string, Item>> {
      const command = new BatchGetCommand({ RequestItems: { [name]: { Keys, ConsistentRead: true } } });
      const { Responses, UnprocessedKeys = {} } = await fromTable(client.send(command, { abortSignal }));
      // DynamoDB does part of a batch when it is throttled: a counter that was not read may be the one that says no.
      if (Object.keys(UnprocessedKeys).length > 0) throw new Problem('table_unavailable');
      return new Map(Responses?.[name]?.map((item) => [item.pk, item as Item]));
    },

    /** Whether a failure was counted: not when there are so many already. */
    async count(key: Key, known: Counter | undefined, limit = Number.MAX_SAFE_INTEGER): Promise<boolean> {
      // A count that has grown old starts again, unless another failure has started it already.
      if (known && !isFailing(known) && (await replace(known, 1))) return true;
      return update(
        key,
        `${failedNow} ADD failures :one`,
        'attribute_not_exists(failures) OR failures < :limit',
        { ...times(known), ':one': 1, ':limit': limit },
      );
    },

    // Without the request's signal: that may be what ended the request.
    takeBack: (key: Key): Promise<boolean> =>
      update(key, 'ADD failures :less', 'failures > :none', { ':less': -1, ':none': 0 }, {}),
  };
};
