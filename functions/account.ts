import { authorizeUser } from '../lib/callers.ts';
import { readConfig } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { endpoint } from '../lib/endpoint.ts';
import { createAccount } from '../lib/use-cases/account.ts';

const config = readConfig(process.env);
export const handler = endpoint(routes.account, createAccount(config), authorizeUser(config));
