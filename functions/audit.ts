import { authorizeStaff } from '../lib/callers.ts';
import { readConfig } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { endpoint } from '../lib/endpoint.ts';
import { createAuditTrail } from '../lib/use-cases/audit.ts';

const config = readConfig(process.env);
export const handler = endpoint(routes.audit, createAuditTrail(config), authorizeStaff(config));
