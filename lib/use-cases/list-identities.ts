import type { Config } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';
import { createIdentities } from '../identities.ts';

/** GET /identities: ListIdentities. */
export const createListIdentities = (config: Config): UseCase<(typeof routes)['list-identities']> => {
  const identities = createIdentities(config);
  return (input, { signal }) => identities.list(input, signal);
};
