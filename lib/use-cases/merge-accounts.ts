import { createAuthentication } from '../authentication.ts';
import type { SignInConfig } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';
import { createOnce } from '../idempotency.ts';
import { createMerging } from '../merging.ts';
import { createParts } from '../parts.ts';
import { putAll, serviceTable } from '../table.ts';

/**
 * POST /account/merge: by the user, who proves both accounts in this one request. Anything less lets whoever prepared
 * an account take over another (Sudhodanan & Paverd, "Pre-hijacked accounts", 2022).
 */
export const createMergeAccounts = (config: SignInConfig): UseCase<(typeof routes)['merge-accounts']> => {
  const table = serviceTable(config);
  const authenticate = createAuthentication(config, table);
  const merging = createMerging(createParts(config));
  const once = createOnce(config);

  return async ({ source, destination, dryRun }, context) => {
    const { signal, requestId, idempotencyKey } = context;
    const from = await authenticate(source, context);
    // Before the other side may fail: this one did not.
    await putAll(table, from.items, signal);
    const to = await authenticate(destination, context);
    await putAll(table, to.items, signal);
    const users = { sourceUserIdentifier: from.user.userId, destinationUserIdentifier: to.user.userId };
    if (dryRun) return merging.plan(users, signal);
    const actor = `user:${to.user.userId}`;
    return once({ scope: `merge-accounts ${actor}`, payload: users }, context, () =>
      merging.merge(users, { actor, requestId, idempotencyKey }, signal),
    );
  };
};
