import type { Config } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';
import { createOnce } from '../idempotency.ts';
import { createParts } from '../parts.ts';
import { createUnlinking } from '../unlinking.ts';

/** POST /unlink: UnlinkDeveloperIdentity, by staff. */
export const createUnlink = (config: Config): UseCase<typeof routes.unlink> => {
  const { unlink } = createUnlinking(createParts(config));
  const once = createOnce(config);
  return async ({ reason, allowLastLogin, ...pair }, context) => {
    const { caller, requestId, idempotencyKey, signal } = context;
    const actor = `staff:${caller.subject}`;
    await once({ scope: `unlink ${actor}`, payload: { ...pair, reason, allowLastLogin } }, context, () =>
      unlink(pair, allowLastLogin, { actor, reason, requestId, idempotencyKey }, signal),
    );
  };
};
