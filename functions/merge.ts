import { authorizeStaff } from '../lib/callers.ts';
import { readConfig } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { endpoint } from '../lib/endpoint.ts';
import { createMerge } from '../lib/use-cases/merge.ts';

const config = readConfig(process.env);
export const handler = endpoint(routes.merge, createMerge(config), authorizeStaff(config));
