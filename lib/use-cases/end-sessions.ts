import type { Config } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';
import { createOnce } from '../idempotency.ts';
import { identityOf } from '../linked-logins.ts';
import { createParts } from '../parts.ts';

/** DELETE /sessions/{developerUserIdentifier}: every session of a user, by staff. */
export const createEndSessions = (config: Config): UseCase<(typeof routes)['end-sessions']> => {
  const { identities, sessions, audit } = createParts(config);
  const once = createOnce(config);

  return async ({ developerUserIdentifier, reason }, context) => {
    const { caller, requestId, signal } = context;
    const actor = `staff:${caller.subject}`;
    await once(
      { scope: `end-sessions ${actor}`, payload: { developerUserIdentifier, reason } },
      context,
      async () => {
        await sessions.endAll(developerUserIdentifier);
        const identityId = await identityOf({ identities }, developerUserIdentifier, signal);
        // Without an identity there is nothing to audit it under, and there was no session.
        if (!identityId) return;
        const entry = { identityId, developerUserIdentifier, actor, reason, requestId };
        await audit.write({ ...entry, action: 'sessions.ended', outcome: 'done' });
      },
    );
  };
};
