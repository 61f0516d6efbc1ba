import { createAudit } from './audit.ts';
import type { Config } from './config.ts';
import { createIdentities } from './identities.ts';
import { createIntents } from './intents.ts';
import { createSessions } from './sessions.ts';
import { serviceTable } from './table.ts';

/** What a change to identities needs besides its own rules. */
export const createParts = (config: Config) => {
  const table = serviceTable(config);
  return {
    config,
    identities: createIdentities(config),
    sessions: createSessions(table, config),
    intents: createIntents(table),
    audit: createAudit(config),
  };
};

export type Parts = ReturnType<typeof createParts>;
