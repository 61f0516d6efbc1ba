import { readSignInConfig } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { endpoint } from '../lib/endpoint.ts';
import { createMergeAccounts } from '../lib/use-cases/merge-accounts.ts';

const config = readSignInConfig(process.env);
export const handler = endpoint(routes['merge-accounts'], createMergeAccounts(config));
