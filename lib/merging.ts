import type { By, Intent } from './intents.ts';
import { linkedLogins, maxLogins } from './linked-logins.ts';
import type { Parts } from './parts.ts';
import { Problem } from './problem.ts';

/** Two developer user identifiers. The source's identity goes, the destination's stays. */
export interface Merge {
  sourceUserIdentifier: string;
  destinationUserIdentifier: string;
}

interface Planned {
  identityId: string;
  sourceIdentityId: string;
  outcome: 'already-merged' | 'would-merge';
}
interface Merged extends Omit<Planned, 'outcome'> {
  outcome: 'already-merged' | 'merged';
}

/** With the identities that were meant: the users may move on before it is resumed. */
interface MergeChange extends Merge {
  sourceIdentityId: string;
  identityId: string;
}

/**
 * Merges in steps that survive a crash at any point, and can each be done again: look both up, write the intent,
 * merge, write the audit, end the source's sessions, close the intent.
 */
export const createMerging = (parts: Parts) => {
  const { identities, sessions, intents, audit } = parts;

  /** What would happen. @throws Problem for what Cognito would refuse, saying why */
  const plan = async (merge: Merge, signal: AbortSignal): Promise<Planned> => {
    const [source, destination] = await Promise.all([
      identities.lookup({ developerUserIdentifier: merge.sourceUserIdentifier }, signal),
      identities.lookup({ developerUserIdentifier: merge.destinationUserIdentifier }, signal),
    ]);
    const ids = { identityId: destination.identityId, sourceIdentityId: source.identityId };
    if (ids.identityId === ids.sourceIdentityId) return { ...ids, outcome: 'already-merged' };

    const [one, other] = await Promise.all([
      linkedLogins(parts, ids.sourceIdentityId, signal),
      linkedLogins(parts, ids.identityId, signal),
    ]);
    if (one.publicProviders.some((provider) => other.publicProviders.includes(provider))) {
      throw new Problem('provider_conflict');
    }
    if (one.count + other.count > maxLogins) throw new Problem('too_many_logins');
    return { ...ids, outcome: 'would-merge' };
  };

  const record = async ({ change, ...intent }: Intent<MergeChange>, outcome: 'done' | 'refused') => {
    const entry = { ...byOf(intent), action: 'identity.merged', outcome } as const;
    const destination = {
      ...entry,
      identityId: change.identityId,
      otherIdentityId: change.sourceIdentityId,
      developerUserIdentifier: change.destinationUserIdentifier,
    };
    const source = {
      ...entry,
      identityId: change.sourceIdentityId,
      otherIdentityId: change.identityId,
      developerUserIdentifier: change.sourceUserIdentifier,
      announce: outcome === 'done',
    };
    await audit.write(destination, intent.startedAt);
    await audit.write(source, intent.startedAt);
  };

  /** All that comes after the intent. @throws what Cognito refuses, once that is on record */
  const complete = async (intent: Intent<MergeChange>, signal: AbortSignal): Promise<Merged> => {
    const { sourceUserIdentifier, destinationUserIdentifier, sourceIdentityId } = intent.change;
    let survivor: string;
    try {
      survivor = await identities.merge(sourceUserIdentifier, destinationUserIdentifier, signal);
    } catch (error) {
      if (error instanceof Problem && error.status < 500) await refuse(intent);
      throw error;
    }
    if (survivor === sourceIdentityId) {
      // The opposite merge came in between. To announce this one would move data the wrong way.
      await refuse(intent);
      return { identityId: survivor, sourceIdentityId: survivor, outcome: 'already-merged' };
    }
    // The destination may have been merged into a third in between: what is announced is where the data belongs now.
    const done = { ...intent, change: { ...intent.change, identityId: survivor } };
    await record(done, 'done');
    await sessions.endAll(sourceUserIdentifier);
    await intents.finish(done);
    return answerOf(done);
  };

  const refuse = async (intent: Intent<MergeChange>): Promise<void> => {
    await record(intent, 'refused');
    await intents.drop(intent);
  };

  /** Goes on with a merge that was cut off. Where the users have moved on it is closed instead: undefined. */
  const goOn = async (intent: Intent<MergeChange>, signal: AbortSignal): Promise<Merged | undefined> => {
    const { identityId, sourceIdentityId } = intent.change;
    const found = await plan(intent.change, signal).catch(refusalToUndefined);
    // Both in one identity: it was merged, whatever that one became since.
    const merged = found?.outcome === 'already-merged';
    if (merged || (found?.identityId === identityId && found.sourceIdentityId === sourceIdentityId)) {
      return complete(intent, signal);
    }
    await refuse(intent);
    return undefined;
  };

  return {
    plan,

    /** @throws Problem as `plan`, and `cognito_…`, `table_unavailable` */
    async merge(merge: Merge, by: By, signal: AbortSignal): Promise<Merged> {
      const what = [merge.sourceUserIdentifier, merge.destinationUserIdentifier];
      const begun = await intents.find<MergeChange>('merge', what, by);
      const merged = begun?.done ? answerOf(begun) : begun && (await goOn(begun, signal));
      if (merged) return merged;
      const { outcome, ...ids } = await plan(merge, signal);
      if (outcome === 'already-merged') return { ...ids, outcome };
      return complete(await intents.begin('merge', what, { ...merge, ...ids }, by), signal);
    },

    /** Finishes a merge that was cut off, or closes it where the users have moved on. @throws as `merge` */
    async resume(intent: Intent<MergeChange>, signal: AbortSignal): Promise<void> {
      await goOn(intent, signal).catch(refusalToUndefined);
    },
  };
};

const answerOf = ({ change: { identityId, sourceIdentityId } }: Intent<MergeChange>): Merged => ({
  identityId,
  sourceIdentityId,
  outcome: 'merged',
});

/** What the audit says of whose doing it is. */
export const byOf = ({ actor, reason, requestId }: Omit<By, 'idempotencyKey'>) => ({
  actor,
  reason,
  requestId,
});

const refusalToUndefined = (error: unknown): undefined => {
  if (error instanceof Problem && error.status < 500) return undefined;
  throw error;
};
