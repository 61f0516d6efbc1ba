import type { By, Intent } from './intents.ts';
import { isDisabled } from './linked-logins.ts';
import { createPlan, type Members, type Merge, type Planned } from './merge-plan.ts';
import type { Parts } from './parts.ts';
import { isRefusal } from './problem.ts';

interface Merged extends Omit<Planned, 'outcome'> {
  outcome: 'already-merged' | 'merged';
}

/** With the identities that were meant: the users may move on before it is resumed. */
interface MergeChange extends Merge {
  sourceIdentityId: string;
  identityId: string;
}

/**
 * Merges in steps that survive a crash at any point, and can each be done again: look both up, write the intent, hold
 * the destination, merge, write the audit, end the source's sessions, close the intent.
 */
export const createMerging = (parts: Parts, members?: Members) => {
  const { identities, sessions, intents, audit } = parts;
  const plan = createPlan(parts, members);

  const record = async ({ change, ...intent }: Intent<MergeChange>, outcome: 'done' | 'refused') => {
    const { sourceIdentityId, identityId: destinationIdentityId } = change;
    const both = { sourceIdentityId, destinationIdentityId, outcome };
    const entry = { ...byOf(intent), action: 'identity.merged', ...both } as const;
    const destination = {
      ...entry,
      identityId: destinationIdentityId,
      developerUserIdentifier: change.destinationUserIdentifier,
    };
    const source = {
      ...entry,
      identityId: sourceIdentityId,
      developerUserIdentifier: change.sourceUserIdentifier,
      announce: outcome === 'done',
    };
    await audit.write(destination, intent.startedAt);
    await audit.write(source, intent.startedAt);
  };

  const refuse = async (intent: Intent<MergeChange>): Promise<void> => {
    await record(intent, 'refused');
    await intents.drop(intent);
  };

  /** All that comes after Cognito has merged. */
  const settle = async (intent: Intent<MergeChange>, survivor: string): Promise<Merged> => {
    const { sourceIdentityId, sourceUserIdentifier } = intent.change;
    if (survivor === sourceIdentityId) {
      // Something else did the opposite merge in between. To announce this one would move data the wrong way.
      await refuse(intent);
      return { identityId: survivor, sourceIdentityId: survivor, outcome: 'already-merged' };
    }
    // Something else may have merged the destination into a third in between: what is announced is where the data belongs now.
    const done = { ...intent, change: { ...intent.change, identityId: survivor } };
    await record(done, 'done');
    await sessions.endAll(sourceUserIdentifier);
    await intents.finish(done);
    return answerOf(done);
  };

  /** Closes one that can't go on: as done, if it was, and its users have moved on since. */
  const close = async (intent: Intent<MergeChange>, signal: AbortSignal): Promise<Merged | undefined> => {
    const { sourceIdentityId, identityId } = intent.change;
    // Nothing else of this service disables an identity that an open intent has.
    if (await isDisabled(parts, sourceIdentityId, signal)) return settle(intent, identityId);
    await refuse(intent);
    return undefined;
  };

  /** Before anything is changed, and again where that was cut off. */
  const hold = async (intent: Intent<MergeChange>): Promise<void> => {
    try {
      await intents.hold(intent);
    } catch (error) {
      if (isRefusal(error)) await intents.drop(intent);
      throw error;
    }
  };

  /** @throws what Cognito refuses, once that is on record; `change_in_progress` for the destination's */
  const complete = async (intent: Intent<MergeChange>, signal: AbortSignal): Promise<Merged> => {
    const { sourceUserIdentifier, destinationUserIdentifier } = intent.change;
    await hold(intent);
    let survivor: string;
    try {
      survivor = await identities.merge(sourceUserIdentifier, destinationUserIdentifier, signal);
    } catch (error) {
      const merged = isRefusal(error) && (await close(intent, signal));
      if (merged) return merged;
      throw error;
    }
    return settle(intent, survivor);
  };

  /** Goes on with a merge that was cut off. Where it was not done and the users have moved on: undefined. */
  const goOn = async (intent: Intent<MergeChange>, signal: AbortSignal): Promise<Merged | undefined> => {
    const { identityId, sourceIdentityId } = intent.change;
    const found = await plan(intent.change, signal).catch(refusalToUndefined);
    // Both in one identity: it was merged, whatever that one became since.
    if (found?.outcome === 'already-merged') return settle(intent, found.identityId);
    const unmoved = found?.identityId === identityId && found.sourceIdentityId === sourceIdentityId;
    return unmoved ? complete(intent, signal) : close(intent, signal);
  };

  return {
    plan,

    /** @throws Problem as `plan`, and `change_in_progress`, `cognito_…`, `table_unavailable` */
    async merge(merge: Merge, by: By, signal: AbortSignal): Promise<Merged> {
      const begun = await intents.find<MergeChange>('merge', merge, by);
      const merged = begun?.done ? answerOf(begun) : begun && (await goOn(begun, signal));
      if (merged) return merged;
      const { outcome, ...ids } = await plan(merge, signal);
      if (outcome === 'already-merged') return { ...ids, outcome };
      const change = { ...merge, ...ids };
      const { sourceIdentityId, identityId } = ids;
      // Holding the destination comes after the plan: an unlink that put the source where it was found, and is cut off,
      // is seen, and is not to be resumed once the two are one again.
      const intent = await intents.begin(sourceIdentityId, 'merge', merge, change, by, identityId);
      return complete(intent, signal);
    },

    /** Finishes a merge that was cut off, or closes it where the users have moved on. @throws as `merge` */
    async resume(intent: Intent<MergeChange>, signal: AbortSignal): Promise<void> {
      await goOn(intent, signal).catch(refusalToUndefined);
    },
  };
};

const answerOf = ({ change: { identityId, sourceIdentityId } }: { change: MergeChange }): Merged => ({
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
  if (!isRefusal(error)) throw error;
};
