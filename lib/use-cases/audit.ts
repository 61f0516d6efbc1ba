import { createAudit } from '../audit.ts';
import type { Config } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';

/** GET /audit/{identityId}: what happened to it, newest first. */
export const createAuditTrail = (config: Config): UseCase<typeof routes.audit> => {
  const audit = createAudit(config);
  return (input, { signal }) => audit.read(input, signal);
};
