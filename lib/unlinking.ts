import type { By, Intent } from './intents.ts';
import { countLogins, linkedLogins } from './linked-logins.ts';
import { byOf } from './merging.ts';
import type { Parts } from './parts.ts';
import { isProblem, Problem } from './problem.ts';

interface Pair {
  identityId: string;
  developerUserIdentifier: string;
}

/** One identifier of one identity: an identity by its id, or that of a user. */
type Unlink = { developerUserIdentifier: string } & ({ identityId: string } | { userId: string });

type Link = 'linked' | 'unlinked' | 'disabled';

interface UnlinkChange extends Pair {
  allowLastLogin: boolean;
}

/** Unlinks an identifier in steps that survive a crash, as `createMerging` does. */
export const createUnlinking = (parts: Parts) => {
  const { identities, sessions, intents, audit } = parts;

  /** What UnlinkDeveloperIdentity says of a pair that does not match is not documented: LookupDeveloperIdentity knows. */
  const linkOf = async (
    { identityId, developerUserIdentifier }: Pair,
    signal: AbortSignal,
  ): Promise<Link> => {
    try {
      await identities.lookup({ identityId, developerUserIdentifier }, signal);
      return 'linked';
    } catch (error) {
      if (isProblem(error, 'identity_disabled')) return 'disabled';
      if (isProblem(error, 'identity_not_found', 'identity_mismatch')) return 'unlinked';
      throw error;
    }
  };

  const isLast = async (
    { identityId, developerUserIdentifier }: Pair,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const logins = await linkedLogins(parts, identityId, signal);
    // Another copy of the request may have unlinked it just now: what is the last one then is another.
    return countLogins(logins) < 2 && logins.developerUserIdentifiers.includes(developerUserIdentifier);
  };

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

  /** All that comes after Cognito has unlinked it. */
  const settle = async (intent: Intent<UnlinkChange>): Promise<void> => {
    await sessions.endAll(intent.change.developerUserIdentifier);
    await record(intent, 'done');
    await intents.finish(intent);
  };

  const complete = async (intent: Intent<UnlinkChange>, signal: AbortSignal): Promise<void> => {
    const { identityId, developerUserIdentifier } = intent.change;
    try {
      await identities.unlink(identityId, developerUserIdentifier, signal);
    } catch (error) {
      // An attempt whose answer was lost may have unlinked it.
      if (!isDone(intent.change, await linkOf(intent.change, signal))) throw error;
    }
    await settle(intent);
  };

  /** Goes on with one that was cut off: false where something else than this service took its identity's other logins. */
  const goOn = async (intent: Intent<UnlinkChange>, signal: AbortSignal): Promise<boolean> => {
    const { change } = intent;
    const link = await linkOf(change, signal);
    if (isDone(change, link)) await settle(intent);
    else if (link === 'linked' && (change.allowLastLogin || !(await isLast(change, signal)))) {
      await complete(intent, signal);
    } else {
      await record(intent, 'refused');
      await intents.drop(intent);
      return false;
    }
    return true;
  };

  return {
    /**
     * An identity without a login can't be used again, not even by a guest: that takes `allowLastLogin`.
     * @throws Problem `identity_not_found`, `identity_mismatch`, `identity_disabled`, `last_login`,
     * `change_in_progress`, `cognito_…`, `table_unavailable`
     */
    async unlink(unlink: Unlink, allowLastLogin: boolean, by: By, signal: AbortSignal): Promise<void> {
      const { developerUserIdentifier, ...of } = unlink;
      const what = { ...unlink, allowLastLogin };
      const named = 'identityId' in of ? of.identityId : undefined;
      const begun = await intents.find<UnlinkChange>('unlink', what, by, named);
      if (begun?.done || (begun && (await goOn(begun, signal)))) return;
      const identityId =
        'identityId' in of
          ? of.identityId
          : (await identities.lookup({ developerUserIdentifier: of.userId }, signal)).identityId;
      const pair = { identityId, developerUserIdentifier };
      await identities.lookup(pair, signal);
      const intent = await intents.begin(identityId, 'unlink', what, { ...pair, allowLastLogin }, by);
      // Only now: while the intent is open nobody else unlinks the other ones.
      if (!allowLastLogin && (await isLast(pair, signal))) {
        await intents.drop(intent);
        throw new Problem('last_login');
      }
      await complete(intent, signal);
    },

    async resume(intent: Intent<UnlinkChange>, signal: AbortSignal): Promise<void> {
      await goOn(intent, signal);
    },
  };
};

/** Without its last login an identity is disabled. Another one was merged away, with the identifier. */
const isDone = ({ allowLastLogin }: UnlinkChange, link: Link) =>
  link === 'unlinked' || (link === 'disabled' && allowLastLogin);
