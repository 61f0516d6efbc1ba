import { authorizeStaff } from '../lib/callers.ts';
import { readConfig } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { endpoint } from '../lib/endpoint.ts';
import { createUnlink } from '../lib/use-cases/unlink.ts';

const config = readConfig(process.env);
export const handler = endpoint(routes.unlink, createUnlink(config), authorizeStaff(config));
