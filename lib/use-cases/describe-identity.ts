import type { Config } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';
import { createIdentities } from '../identities.ts';

/** GET /identities/{identityId}: DescribeIdentity. */
export const createDescribeIdentity = (config: Config): UseCase<(typeof routes)['describe-identity']> => {
  const identities = createIdentities(config);
  return ({ identityId }, { signal }) => identities.describe(identityId, signal);
};
