import { authorizeStaff } from '../lib/callers.ts';
import { readConfig } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { endpoint } from '../lib/endpoint.ts';
import { createDescribeIdentity } from '../lib/use-cases/describe-identity.ts';

const config = readConfig(process.env);
export const handler = endpoint(
  routes['describe-identity'],
  createDescribeIdentity(config),
  authorizeStaff(config),
);
