import { readConfig } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { endpoint } from '../lib/endpoint.ts';
import { createHealth } from '../lib/use-cases/health.ts';

const config = readConfig(process.env);
export const handler = endpoint(routes.health, createHealth(config));
