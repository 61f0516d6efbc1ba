import { readSignInConfig } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { endpoint } from '../lib/endpoint.ts';
import { createLogin } from '../lib/use-cases/login.ts';

const config = readSignInConfig(process.env);
export const handler = endpoint(routes.login, createLogin(config));
