import { Events, OAuth2Server } from 'oauth2-mock-server';
import type { Server } from './listen.ts';
import { staffAudience, staffScopes } from './settings.ts';

/**
 * The company's OIDC provider, as far as a laptop needs one: it gives anybody a token, by client credentials or by the
 * code flow with PKCE. A request that names no scope gets all of them.
 */
export const startStaffIssuer = async (port: number): Promise<Server> => {
  const server = new OAuth2Server();
  await server.issuer.keys.generate('ES256');
  server.service.on(Events.BeforeTokenSigning, ({ payload }) => {
    payload.sub ??= 'staff';
    payload.aud ??= staffAudience;
    if (!payload.scope || payload.scope === 'dummy') payload.scope = staffScopes.join(' ');
  });
  await server.start(port, '127.0.0.1');
  const url = `http://localhost:${server.address().port}`;
  server.issuer.url = url;
  return { url, close: () => server.stop() };
};
