import { readSignInConfig } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { endpoint } from '../lib/endpoint.ts';
import { createRefresh } from '../lib/use-cases/refresh.ts';

const config = readSignInConfig(process.env);
export const handler = endpoint(routes.refresh, createRefresh(config));
