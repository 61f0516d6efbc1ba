import { createAudit } from '../audit.ts';
import type { Config } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';

/** GET /audit/{identityId}: what happened to it, newest first. */
export const createAuditTrail = (config: Config): UseCase<typeof routes.audit> => {
  const audit = createAudit(config);
  return async (input, { signal }) => {
    const { entries, nextToken } = await audit.read(input, signal);
    const shown = entries.map(({ announce: _, at, ...entry }) => ({ ...entry, at: at.split('#')[0] ?? at }));
    return { entries: shown, ...(nextToken && { nextToken }) };
  };
};
