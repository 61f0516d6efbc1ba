import type { Config } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';
import { createOnce } from '../idempotency.ts';
import { createParts } from '../parts.ts';
import { Problem } from '../problem.ts';

/** DELETE /sessions/{developerUserIdentifier}: every session of a user, by staff. */
export const createEndSessions = (config: Config): UseCase<(typeof routes)['end-sessions']> => {
  const { identities, sessions, audit } = createParts(config);
  const once = createOnce(config);

  return async ({ developerUserIdentifier }, context) => {
    const { caller, requestId, signal } = context;
    const actor = `staff:${caller.subject}`;
    await once(
      { scope: `end-sessions ${actor}`, payload: { developerUserIdentifier } },
      context,
      async () => {
        await sessions.endAll(developerUserIdentifier);
        const identity = await identities
          .lookup({ developerUserIdentifier }, signal)
          .catch(unknownToUndefined);
        // Without an identity there is nothing to audit it under, and there was no session.
        if (!identity) return;
        const { identityId } = identity;
        await audit.write({
          identityId,
          developerUserIdentifier,
          action: 'sessions.ended',
          actor,
          outcome: 'done',
          requestId,
        });
      },
    );
  };
};

const unknownToUndefined = (error: unknown): undefined => {
  if (error instanceof Problem && error.code === 'identity_not_found') return undefined;
  throw error;
};
