import { authorizeStaff } from '../lib/callers.ts';
import { readConfig } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { endpoint } from '../lib/endpoint.ts';
import { createListIdentities } from '../lib/use-cases/list-identities.ts';

const config = readConfig(process.env);
export const handler = endpoint(
  routes['list-identities'],
  createListIdentities(config),
  authorizeStaff(config),
);
