import type { Config } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';
import { createIdentities } from '../identities.ts';

/** GET /account: the caller's own identity, as Cognito has it now. */
export const createAccount = (config: Config): UseCase<typeof routes.account> => {
  const identities = createIdentities(config);
  return async (_input, { caller: { identityId }, signal }) => {
    const [{ logins, creationDate, lastModifiedDate }, { developerUserIdentifiers }] = await Promise.all([
      identities.describe(identityId, signal),
      identities.lookup({ identityId }, signal),
    ]);
    const publicProviders = logins.filter((login) => login !== config.DEVELOPER_PROVIDER_NAME);
    return { identityId, developerUserIdentifiers, publicProviders, creationDate, lastModifiedDate };
  };
};
