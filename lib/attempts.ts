import { createHash } from 'node:crypto';
import { BatchGetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { network } from './network.ts';
import { Problem } from './problem.ts';
import { fromTable, ifCondition, keys, now, type Table } from './table.ts';
import { normalizeUsername } from './users.ts';

/**
 * Failed attempts, counted three ways. Times are epoch seconds.
 *  - pair: this account from this address: its own failures slow it down.
 *  - account: one account from many addresses: slows pairs that have failed already and never succeeded, so that
 *    its owner's first attempt from anywhere counts, and all of them from where they are known.
 *  - address: many accounts from one address: slows all but the pairs that have succeeded here before. Who is new at
 *    an address that others abuse has to wait, for a minute at most each time.
 * Attempts that come at once, before the first of them has failed, are not told apart: what bounds those is how many
 * the gateway lets through.
 */
const limits = {
  pair: { free: 3 },
  account: { free: 10 },
  address: { free: 20 },
};
type Kind = keyof typeof limits;
const kinds = Object.keys(limits) as Kind[];

/** Seconds: the longest delay, how long failures count after the last, and how long a success is remembered. */
const longestDelay = 60;
const failuresLive = 3_600;
const successLives = 30 * 86_400;

interface Counter {
  pk: string;
  failures: number;
  failedAt: number;
  succeededAt?: number;
  expiresAt: number;
}

/** How long after the last failure the next attempt has to wait: 1, 2, 4 … seconds after the free ones. */
const delayAfter = (kind: Kind, failures: number) =>
  failures < limits[kind].free ? 0 : Math.min(2 ** (failures - limits[kind].free), longestDelay);

// DynamoDB deletes late: what is too old is told from its times.
const isFailing = ({ failures, failedAt }: Counter) => failures > 0 && failedAt + failuresLive > now();
const hasSucceeded = ({ succeededAt = 0 }: Counter) => succeededAt + successLives > now();

const waitOf = (kind: Kind, counter: Counter) =>
  counter.failedAt + delayAfter(kind, counter.failures) - now();

const hash = (...parts: string[]) => createHash('sha256').update(JSON.stringify(parts)).digest('base64url');

/** Attempts to sign in with a password, as counted for one username and one address. */
export interface Attempt {
  /** @throws Problem `too_many_attempts` with Retry-After when it comes too soon; `table_unavailable` */
  allow: () => Promise<void>;
  failed: () => Promise<void>;
  /** The item that clears the pair's failures and remembers the success, to write. */
  succeeded: () => Counter;
}

export const createAttempts =
  ({ client, name }: Table) =>
  (username: string, sourceIp: string, abortSignal: AbortSignal): Attempt => {
    // A backend may ignore what can't be seen: one counter for all such spellings.
    const user = normalizeUsername(username).replace(/[\p{Z}\p{C}]/gu, '');
    const address = network(sourceIp);
    const pks: Record<Kind, string> = {
      pair: keys.attempts('pair', hash(user, address)).pk,
      account: keys.attempts('account', hash(user)).pk,
      address: keys.attempts('address', hash(address)).pk,
    };
    const counters: Partial<Record<Kind, Counter>> = {};
    const toCount = new Set(kinds);

    const read = async () => {
      const command = new BatchGetCommand({
        RequestItems: { [name]: { Keys: kinds.map((kind) => ({ pk: pks[kind] })), ConsistentRead: true } },
      });
      const { Responses, UnprocessedKeys = {} } = await fromTable(client.send(command, { abortSignal }));
      // DynamoDB does part of a batch when it is throttled: a counter that was not read may be the one that says no.
      if (Object.keys(UnprocessedKeys).length > 0) throw new Problem('table_unavailable');
      for (const counter of (Responses?.[name] ?? []) as Counter[]) {
        const kind = kinds.find((candidate) => pks[candidate] === counter.pk);
        if (kind) counters[kind] = counter;
      }
    };

    const expires = (known?: Counter) => Math.max(now() + failuresLive, known?.expiresAt ?? 0);

    /** Whether a counter is as it was read, and has these failures now. */
    const replace = async (kind: Kind, known: Counter, failures: number): Promise<boolean> => {
      const command = new UpdateCommand({
        TableName: name,
        Key: { pk: pks[kind] },
        UpdateExpression: 'SET failures = :failures, failedAt = :now, expiresAt = :expires',
        ConditionExpression: 'failures = :known AND failedAt = :knownAt',
        ExpressionAttributeValues: {
          ':failures': failures,
          ':now': now(),
          ':expires': expires(known),
          ':known': known.failures,
          ':knownAt': known.failedAt,
        },
      });
      return (await ifCondition(client.send(command, { abortSignal }))) !== undefined;
    };

    const count = async (kind: Kind): Promise<void> => {
      const known = counters[kind];
      // A count that has grown old starts again, unless another failure has started it already.
      if (known && !isFailing(known) && (await replace(kind, known, 1))) return;
      const command = new UpdateCommand({
        TableName: name,
        Key: { pk: pks[kind] },
        UpdateExpression: 'SET failedAt = :now, expiresAt = :expires ADD failures :one',
        ExpressionAttributeValues: { ':now': now(), ':one': 1, ':expires': expires(known) },
      });
      await fromTable(client.send(command, { abortSignal }));
    };

    /**
     * Of a pair's attempts at once, after its free ones, one is let through, counted as failed until it succeeds:
     * without it all that wait for the same second would be tried in it.
     */
    const claim = async (pair: Counter): Promise<void> => {
      const failures = pair.failures + 1;
      if (!(await replace('pair', pair, failures)))
        throw new Problem('too_many_attempts', { retryAfter: delayAfter('pair', failures) });
      toCount.delete('pair');
    };

    return {
      async allow() {
        await read();
        const { pair, account, address: fromAddress } = counters;
        const waits = [
          pair && waitOf('pair', pair),
          account && pair && isFailing(pair) && !hasSucceeded(pair) && waitOf('account', account),
          fromAddress && !(pair && hasSucceeded(pair)) && waitOf('address', fromAddress),
        ];
        const wait = Math.max(0, ...waits.map((seconds) => seconds || 0));
        if (wait > 0) throw new Problem('too_many_attempts', { retryAfter: wait });
        if (pair && isFailing(pair) && delayAfter('pair', pair.failures) > 0) await claim(pair);
      },

      async failed() {
        await Promise.all([...toCount].map(count));
      },

      succeeded: () => ({
        pk: pks.pair,
        failures: 0,
        failedAt: 0,
        succeededAt: now(),
        expiresAt: now() + successLives,
      }),
    };
  };
