import { readSignInConfig } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { endpoint } from '../lib/endpoint.ts';
import { createUnlinkAccount } from '../lib/use-cases/unlink-account.ts';

const config = readSignInConfig(process.env);
export const handler = endpoint(routes['unlink-account'], createUnlinkAccount(config));
