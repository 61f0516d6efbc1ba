import { createAuthentication } from '../authentication.ts';
import type { SignInConfig } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';
import { createOnce } from '../idempotency.ts';
import { authenticateMembers } from '../member-credentials.ts';
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
  const merging = createMerging(createParts(config), { source: 'source', destination: 'destination' });
  const once = createOnce(config);

  return async ({ source, destination, dryRun }, context) => {
    const { signal, requestId, idempotencyKey } = context;
    const sides = await authenticateMembers(authenticate, { source, destination }, context);
    const { user: from, items } = sides.source;
    const { user: to, items: others } = sides.destination;
    await putAll(table, distinct([...items, ...others]), signal);
    const users = { sourceUserIdentifier: from.userId, destinationUserIdentifier: to.userId };
    if (dryRun) return merging.plan(users, signal);
    const actor = `user:${to.userId}`;
    return once({ scope: `merge-accounts ${actor}`, payload: users }, context, () =>
      merging.merge(users, { actor, requestId, idempotencyKey }, signal),
    );
  };
};

/** A batch takes an item once, and both sides may be one account. */
const distinct = <Item extends { pk: string }>(items: Item[]) => [
  ...new Map(items.map((item) => [item.pk, item])).values(),
];
