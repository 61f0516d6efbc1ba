import type { By, Intent } from './intents.ts';
import { byOf } from './merging.ts';
import type { Parts } from './parts.ts';
import { isProblem, isRefusal, Problem } from './problem.ts';

interface Deletion {
  identityId: string;
  /** Whose sessions end. */
  developerUserIdentifiers: string[];
}

/** Erases an identity in steps that survive a crash, as `createMerging` does. */
export const createDeleting = (parts: Parts) => {
  const { identities, sessions, intents, audit } = parts;

  const complete = async (intent: Intent<Deletion>, signal: AbortSignal): Promise<void> => {
    const { identityId, developerUserIdentifiers } = intent.change;
    const endSessions = () => Promise.all(developerUserIdentifiers.map((userId) => sessions.endAll(userId)));
    // Before, so that no refresh that comes from now on gives the erased user a new identity, and after, for a session
    // that was written meanwhile. A refresh or login that was under way may still make an identity: Cognito does for
    // whoever has none, and nothing of ours is asked between.
    await endSessions();
    try {
      await identities.remove(identityId, signal);
    } catch (error) {
      // An attempt whose answer was lost may have removed it. What DeleteIdentities then says is not documented.
      if (await exists(identityId, signal)) throw error;
    }
    await endSessions();
    await audit.write(
      { ...byOf(intent), action: 'identity.deleted', identityId, outcome: 'done', announce: true },
      intent.startedAt,
    );
    await intents.finish(intent);
  };

  const exists = async (identityId: string, signal: AbortSignal): Promise<boolean> => {
    try {
      await identities.describe(identityId, signal);
      return true;
    } catch (error) {
      if (!isRefusal(error)) throw error;
      return error.code !== 'identity_not_found';
    }
  };

  /**
   * DeleteIdentities and DescribeIdentity take any pool's identities, and no policy narrows them to one pool's: only a
   * lookup knows the pool. It is refused for another pool's identity as for a disabled one, which is told by its audit.
   */
  const identifiersOf = async (identityId: string, signal: AbortSignal): Promise<string[]> => {
    if (!(await exists(identityId, signal))) throw new Problem('identity_not_found');
    try {
      return (await identities.lookup({ identityId }, signal)).developerUserIdentifiers;
    } catch (error) {
      // It is there, as a guest's or a public provider's.
      if (isProblem(error, 'identity_not_found')) return [];
      if (!isProblem(error, 'identity_disabled')) throw error;
      const { entries } = await audit.read({ identityId, maxResults: 1 }, signal);
      if (entries.length === 0) throw error;
      return [];
    }
  };

  return {
    /**
     * @throws Problem `identity_not_found`, `change_in_progress`, `cognito_…`, `table_unavailable`; `identity_disabled`
     * for one that was disabled by something else than this service, or is another pool's
     */
    async remove(identityId: string, by: By, signal: AbortSignal): Promise<void> {
      const begun = await intents.find<Deletion>('delete', { identityId }, by, identityId);
      if (begun?.done) return;
      if (begun) return complete(begun, signal);
      const change = { identityId, developerUserIdentifiers: await identifiersOf(identityId, signal) };
      return complete(await intents.begin(identityId, 'delete', { identityId }, change, by), signal);
    },

    resume: complete,
  };
};
