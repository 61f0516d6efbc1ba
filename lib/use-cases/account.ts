import type { Config } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';
import { createIdentities } from '../identities.ts';
import { linkedLogins } from '../linked-logins.ts';

/** GET /account: the caller's own identity, as Cognito has it now. */
export const createAccount = (config: Config): UseCase<typeof routes.account> => {
  const identities = createIdentities(config);
  return (_input, { caller: { identityId }, signal }) =>
    linkedLogins({ identities, config }, identityId, signal);
};
