import { readConfig } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { endpoint } from '../lib/endpoint.ts';
import { createLogin } from '../lib/login.ts';

export const handler = endpoint(routes.login, createLogin(readConfig(process.env)));
