import { authorizeStaff } from '../lib/callers.ts';
import { readConfig } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { endpoint } from '../lib/endpoint.ts';
import { createLookup } from '../lib/use-cases/lookup.ts';

const config = readConfig(process.env);
export const handler = endpoint(routes.lookup, createLookup(config), authorizeStaff(config));
