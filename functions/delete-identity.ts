import { authorizeStaff } from '../lib/callers.ts';
import { readConfig } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { endpoint } from '../lib/endpoint.ts';
import { createDeleteIdentity } from '../lib/use-cases/delete-identity.ts';

const config = readConfig(process.env);
export const handler = endpoint(
  routes['delete-identity'],
  createDeleteIdentity(config),
  authorizeStaff(config),
);
