import type { Config } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';
import { createOnce } from '../idempotency.ts';
import { createMerging } from '../merging.ts';
import { createParts } from '../parts.ts';

/** POST /merge: MergeDeveloperIdentities, by staff. */
export const createMerge = (config: Config): UseCase<typeof routes.merge> => {
  const merging = createMerging(createParts(config));
  const once = createOnce(config);
  return async ({ reason, dryRun, ...users }, context) => {
    const { caller, requestId, idempotencyKey, signal } = context;
    if (dryRun) return merging.plan(users, signal);
    const actor = `staff:${caller.subject}`;
    return once({ scope: `merge ${actor}`, payload: { ...users, reason } }, context, () =>
      merging.merge(users, { actor, reason, requestId, idempotencyKey }, signal),
    );
  };
};
