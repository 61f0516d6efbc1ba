import { createHash } from 'node:crypto';
import { type Counter, createCounters, isFailing } from './counters.ts';
import { network, site } from './network.ts';
import { Problem } from './problem.ts';
import { type Key, keys, now, type Table } from './table.ts';
import { visible } from './users.ts';

/**
 * Failed attempts, counted in several ways, each with so many free ones.
 *  - pair: this account from this address: its own failures slow it down.
 *  - account: one account from many addresses: slows pairs that have failed already and never succeeded, so that
 *    its owner's first attempt from anywhere counts, and all of them from where they are known. Each waits after its
 *    own last failure: after that of any, a guess a minute would lock out an owner who mistyped once.
 *  - address: many accounts from one address: slows all but the pairs that have succeeded here before. Who is new at
 *    an address that others abuse has to wait, for a minute at most after the last failure there. Each new failure
 *    starts that again, and who is new may stay out for as long as the abuse goes on: nothing tells them from it.
 *  - site: the same for the /48 of an IPv6 address: whoever has all of it has 65,536 addresses. It may as well be that
 *    of so many people, and has more free ones.
 *  - burst: in one second, at one address or site: attempts of pairs that never succeeded, whatever becomes of them.
 *
 * Guesses that come at once are told apart by counting them before they are tried: as failures of their pair, which a
 * success clears, and in the burst. A login costs one request to read the counters, and a pair's first one these two
 * more. A pair that has succeeded and not failed since is counted afterwards only, so that it pays nothing: there, at an
 * address of the account's owner, the gateway bounds how many guesses come at once, once until the owner's next login;
 * and whoever shares that address may tell from the time of an answer that the account was used there.
 */
const free = { pair: 3, account: 10, address: 20, site: 200, burst: 20 };
type Kind = keyof typeof free;

/** Seconds: the longest delay, and how long a success is remembered. */
const longestDelay = 60;
const successLives = 30 * 86_400;

/** How long after the last failure the next attempt has to wait: 1, 2, 4 … seconds after the free ones. */
const delayAfter = (kind: Kind, failures: number) =>
  failures < free[kind] ? 0 : Math.min(2 ** (failures - free[kind]), longestDelay);

const waitOf = (kind: Kind, counter: Counter | undefined, since = counter?.failedAt) =>
  counter && since !== undefined ? since + delayAfter(kind, counter.failures) - now() : 0;

const refuseBefore = (waits: number[]) => {
  const retryAfter = Math.max(...waits);
  if (retryAfter > 0) throw new Problem('too_many_attempts', { retryAfter });
};

// DynamoDB deletes late.
const hasSucceeded = (counter?: Counter) => (counter?.succeededAt ?? 0) + successLives > now();

const keyOf = (kind: Kind, ...parts: unknown[]): Key =>
  keys.attempts(kind, createHash('sha256').update(JSON.stringify(parts)).digest('base64url'));

/** Attempts to sign in with a password, as counted for one username and one address. */
export interface Attempt {
  /**
   * Answers the item with the key, where one is given: it comes in the same request.
   * @throws Problem `too_many_attempts` with Retry-After when the attempt comes too soon; `table_unavailable`
   */
  allow: (key?: Key) => Promise<unknown>;
  failed: () => Promise<void>;
  /** Nobody could tell: it was no failure. */
  undecided: () => Promise<void>;
  /** The item that clears the pair's failures and remembers the success, to write. */
  succeeded: () => Counter;
}

export const createAttempts =
  (table: Table) =>
  (username: string, sourceIp: string, signal: AbortSignal): Attempt => {
    const counters = createCounters(table, signal);
    // A backend may ignore what can't be seen: one counter for all such spellings.
    const user = visible(username).replace(/\p{Z}/gu, '');
    const [address, wider] = [network(sourceIp), site(sourceIp)];
    const pair = keyOf('pair', user, address);
    const others = new Map<Kind, Key>([
      ['account', keyOf('account', user)],
      ['address', keyOf('address', address)],
    ]);
    if (wider !== undefined) others.set('site', keyOf('site', wider));

    let known = new Map<string, object>();
    const counterOf = ({ pk }: Key) => known.get(pk) as Counter | undefined;
    let isPairCounted = false;

    /** The seconds to wait for what slows an attempt. */
    const waits = (): number[] => {
      const own = counterOf(pair);
      const hasFailed = own !== undefined && isFailing(own);
      const slowing = [...others].filter(([kind]) => !hasSucceeded(own) && (kind !== 'account' || hasFailed));
      const waitFor = ([kind, key]: [Kind, Key]) =>
        waitOf(kind, counterOf(key), kind === 'account' ? own?.failedAt : undefined);
      return [waitOf('pair', own), ...slowing.map(waitFor)];
    };

    /**
     * Counts the pair's attempt before it is tried: the free ones as they come; of those after them, which have all
     * waited for the same second, one. Answers the seconds to wait where it is one too many.
     */
    const claim = async (): Promise<number> => {
      const own = counterOf(pair);
      const isSlowed = own !== undefined && isFailing(own) && own.failures >= free.pair;
      const failures = isSlowed ? own.failures + 1 : free.pair;
      isPairCounted = await (isSlowed
        ? counters.replace(own, failures)
        : counters.count(pair, own, free.pair));
      return isPairCounted ? 0 : delayAfter('pair', failures);
    };

    const joinBurst = async (): Promise<number> =>
      (await counters.count(keyOf('burst', wider ?? address, now()), undefined, free.burst)) ? 0 : 1;

    return {
      async allow(key) {
        known = await counters.read(pair, ...others.values(), ...(key ? [key] : []));
        refuseBefore(waits());
        const own = counterOf(pair);
        const isKnown = hasSucceeded(own);
        if (!isKnown || (own && isFailing(own))) refuseBefore([await claim()]);
        // After it, so that guesses at one account leave the burst to others.
        if (!isKnown) refuseBefore([await joinBurst()]);
        return key && known.get(key.pk);
      },

      async failed() {
        const toCount = [...(isPairCounted ? [] : [pair]), ...others.values()];
        await Promise.all(toCount.map((key) => counters.count(key, counterOf(key))));
      },

      async undecided() {
        // Should that fail too, it stays counted.
        if (isPairCounted) await counters.takeBack(pair).catch(() => {});
      },

      succeeded: () => ({
        ...pair,
        failures: 0,
        failedAt: 0,
        succeededAt: now(),
        expiresAt: now() + successLives,
      }),
    };
  };
