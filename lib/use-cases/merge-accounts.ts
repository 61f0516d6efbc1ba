import type { SignInConfig } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';
import { createOnce } from '../idempotency.ts';
import { createMemberAuthentication } from '../member-credentials.ts';
import { createMerging } from '../merging.ts';
import { createParts } from '../parts.ts';

/**
 * POST /account/merge: by the user, who proves both accounts in this one request. Anything less lets whoever prepared
 * an account take over another (Sudhodanan & Paverd, "Pre-hijacked accounts", 2022).
 */
export const createMergeAccounts = (config: SignInConfig): UseCase<(typeof routes)['merge-accounts']> => {
  const authenticate = createMemberAuthentication(config);
  const merging = createMerging(createParts(config), { source: 'source', destination: 'destination' });
  const once = createOnce(config);

  return async ({ source, destination, dryRun }, context) => {
    const { signal, requestId, idempotencyKey } = context;
    const users = await authenticate({ source, destination }, context);
    const identifiers = {
      sourceUserIdentifier: users.source.userId,
      destinationUserIdentifier: users.destination.userId,
    };
    if (dryRun) return merging.plan(identifiers, signal);
    const actor = `user:${users.destination.userId}`;
    return once({ scope: `merge-accounts ${actor}`, payload: identifiers }, context, () =>
      merging.merge(identifiers, { actor, requestId, idempotencyKey }, signal),
    );
  };
};
