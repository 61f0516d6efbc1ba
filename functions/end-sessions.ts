import { authorizeStaff } from '../lib/callers.ts';
import { readConfig } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { endpoint } from '../lib/endpoint.ts';
import { createEndSessions } from '../lib/use-cases/end-sessions.ts';

const config = readConfig(process.env);
export const handler = endpoint(routes['end-sessions'], createEndSessions(config), authorizeStaff(config));
