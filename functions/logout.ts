import { readConfig } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { endpoint } from '../lib/endpoint.ts';
import { createLogout } from '../lib/use-cases/logout.ts';

const config = readConfig(process.env);
export const handler = endpoint(routes.logout, createLogout(config));
