import type { Config } from '../config.ts';
import type { routes } from '../contract.ts';
import { createDeleting } from '../deleting.ts';
import type { UseCase } from '../endpoint.ts';
import { createOnce } from '../idempotency.ts';
import { createParts } from '../parts.ts';

/** DELETE /identities/{identityId}: DeleteIdentities, by staff. Its audit stays. */
export const createDeleteIdentity = (config: Config): UseCase<(typeof routes)['delete-identity']> => {
  const { remove } = createDeleting(createParts(config));
  const once = createOnce(config);
  return async ({ identityId, reason }, context) => {
    const { caller, requestId, idempotencyKey, signal } = context;
    const actor = `staff:${caller.subject}`;
    await once({ scope: `delete-identity ${actor}`, payload: { identityId, reason } }, context, () =>
      remove(identityId, { actor, reason, requestId, idempotencyKey }, signal),
    );
  };
};
