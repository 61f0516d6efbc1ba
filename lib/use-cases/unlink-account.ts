import { createAuthentication } from '../authentication.ts';
import type { SignInConfig } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';
import { createOnce } from '../idempotency.ts';
import { authenticateMembers } from '../member-credentials.ts';
import { createParts } from '../parts.ts';
import { putAll, serviceTable } from '../table.ts';
import { createUnlinking } from '../unlinking.ts';

/** POST /account/unlink: one of the user's own identifiers, with fresh credentials of the account. */
export const createUnlinkAccount = (config: SignInConfig): UseCase<(typeof routes)['unlink-account']> => {
  const table = serviceTable(config);
  const authenticate = createAuthentication(config, table);
  const { unlink } = createUnlinking(createParts(config));
  const once = createOnce(config);

  return async ({ credentials, developerUserIdentifier }, context) => {
    const { signal, requestId, idempotencyKey } = context;
    const {
      credentials: { user, items },
    } = await authenticateMembers(authenticate, { credentials }, context);
    await putAll(table, items, signal);
    const actor = `user:${user.userId}`;
    await once({ scope: `unlink-account ${actor}`, payload: { developerUserIdentifier } }, context, () =>
      unlink(
        { userId: user.userId, developerUserIdentifier },
        false,
        { actor, requestId, idempotencyKey },
        signal,
      ),
    );
  };
};
