import type { Config } from '../config.ts';
import type { routes } from '../contract.ts';
import type { UseCase } from '../endpoint.ts';
import { createSessions } from '../sessions.ts';
import { serviceTable } from '../table.ts';

/** POST /logout: ends the session, or all of its user's. An unknown token is no error: it is logged out already. */
export const createLogout = (config: Config): UseCase<typeof routes.logout> => {
  const sessions = createSessions(serviceTable(config), config);
  return async ({ refreshToken, everywhere }, { signal }) => {
    const session = await sessions.of(refreshToken, signal);
    if (!session) return;
    if (everywhere) await sessions.endAll(session.user.userId);
    await sessions.end(session.id, signal);
  };
};
