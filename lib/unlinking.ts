import type { By, Intent } from './intents.ts';
import { linkedLogins } from './linked-logins.ts';
import { byOf } from './merging.ts';
import type { Parts } from './parts.ts';
import { Problem } from './problem.ts';

interface Pair {
  identityId: string;
  developerUserIdentifier: string;
}

/** One identifier of one identity: an identity by its id, or that of a user. */
type Unlink = { developerUserIdentifier: string } & ({ identityId: string } | { userId: string });

interface UnlinkChange extends Pair {
  allowLastLogin: boolean;
}

/** Unlinks an identifier in steps that survive a crash, as `createMerging` does. */
export const createUnlinking = (parts: Parts) => {
  const { identities, sessions, intents, audit } = parts;

  /** What UnlinkDeveloperIdentity says of a pair that does not match is not documented: LookupDeveloperIdentity knows. */
  const isLinked = async (
    { identityId, developerUserIdentifier }: Pair,
    signal: AbortSignal,
  ): Promise<boolean> => {
    try {
      await identities.lookup({ identityId, developerUserIdentifier }, signal);
      return true;
    } catch (error) {
      if (error instanceof Problem && notLinked.includes(error.code)) return false;
      throw error;
    }
  };

  const isLast = async ({ identityId }: Pair, signal: AbortSignal): Promise<boolean> =>
    (await linkedLogins(parts, identityId, signal)).count < 2;

  const record = (intent: Intent<UnlinkChange>, outcome: 'done' | 'refused') => {
    const { identityId, developerUserIdentifier } = intent.change;
    const announce = outcome === 'done';
    return audit.write(
      {
        ...byOf(intent),
        ...{ identityId, developerUserIdentifier, action: 'identity.unlinked', outcome, announce },
      },
      intent.startedAt,
    );
  };

  const complete = async (intent: Intent<UnlinkChange>, signal: AbortSignal): Promise<void> => {
    const { identityId, developerUserIdentifier } = intent.change;
    try {
      await identities.unlink(identityId, developerUserIdentifier, signal);
    } catch (error) {
      // An attempt whose answer was lost may have unlinked it.
      if (await isLinked(intent.change, signal)) throw error;
    }
    await sessions.endAll(developerUserIdentifier);
    await record(intent, 'done');
    await intents.finish(intent);
  };

  /** Merged away since: the identifier is on another identity now, and was not meant there. */
  const isDisabled = async (pair: Pair, signal: AbortSignal): Promise<boolean> => {
    try {
      await isLinked(pair, signal);
      return false;
    } catch (error) {
      if (error instanceof Problem && error.code === 'identity_disabled') return true;
      throw error;
    }
  };

  /** Goes on with one that was cut off: false where the users have moved on, or it became the last login since. */
  const goOn = async (intent: Intent<UnlinkChange>, signal: AbortSignal): Promise<boolean> => {
    const { change } = intent;
    const gone = await isDisabled(change, signal);
    if (
      gone ||
      (!change.allowLastLogin && (await isLinked(change, signal)) && (await isLast(change, signal)))
    ) {
      await record(intent, 'refused');
      await intents.drop(intent);
      return false;
    }
    await complete(intent, signal);
    return true;
  };

  return {
    /**
     * An identity without a login can't be used again, not even by a guest: that takes `allowLastLogin`.
     * @throws Problem `identity_not_found`, `identity_mismatch`, `last_login`, `cognito_…`, `table_unavailable`
     */
    async unlink(unlink: Unlink, allowLastLogin: boolean, by: By, signal: AbortSignal): Promise<void> {
      const { developerUserIdentifier, ...of } = unlink;
      const what = [JSON.stringify(of), developerUserIdentifier];
      // First: of users who unlink the login that they sign in with, the identity is known no more afterwards.
      const begun = await intents.find<UnlinkChange>('unlink', what, by);
      if (begun?.done || (begun && (await goOn(begun, signal)))) return;
      const identityId =
        'identityId' in of
          ? of.identityId
          : (await identities.lookup({ developerUserIdentifier: of.userId }, signal)).identityId;
      const pair = { identityId, developerUserIdentifier };
      await identities.lookup(pair, signal);
      if (!allowLastLogin && (await isLast(pair, signal))) throw new Problem('last_login');
      await complete(await intents.begin('unlink', what, { ...pair, allowLastLogin }, by), signal);
    },

    async resume(intent: Intent<UnlinkChange>, signal: AbortSignal): Promise<void> {
      await goOn(intent, signal);
    },
  };
};

const notLinked = ['identity_not_found', 'identity_mismatch'];
