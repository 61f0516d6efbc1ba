import type { Config } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';
import { createIdentities } from '../identities.ts';
import { Problem } from '../problem.ts';

/** GET /lookup: LookupDeveloperIdentity. It never makes an identity. */
export const createLookup = (config: Config): UseCase<typeof routes.lookup> => {
  const identities = createIdentities(config);
  return async (input, { signal }) => {
    if (input.identityId === undefined && input.developerUserIdentifier === undefined) {
      const detail = 'identityId or developerUserIdentifier is needed';
      throw new Problem('invalid_request', { errors: [{ in: 'query', path: ['identityId'], detail }] });
    }
    return identities.lookup(input, signal);
  };
};
