import { createServer } from 'node:http';
import { after } from 'node:test';
import { listen } from '../../local/listen.ts';

/** A backend for AUTHENTICATOR=http: everybody's password is `right`, and a user's id is their name. */
export const startBackend = async () => {
  const backend = { url: '', role: 'editor', state: 'up' as 'up' | 'down' | 'hung' };
  const server = await listen(
    createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      if (backend.state === 'hung') return;
      const { username, password, userId = username } = JSON.parse(text) as Record<string, string>;
      const refusal = backend.state === 'down' ? 503 : userId === username && password !== 'right' ? 401 : 0;
      response
        .writeHead(refusal || 200, { 'content-type': 'application/json' })
        .end(JSON.stringify({ userId, attributes: { role: backend.role } }));
    }),
    0,
  );
  after(() => server.close());
  backend.url = server.url;
  return backend;
};

export const backendEnv = ({ url }: { url: string }) => ({
  AUTHENTICATOR: 'http',
  BACKEND_URL: url,
  BACKEND_REFRESH_URL: url,
  BACKEND_SECRET: 'a secret of more than thirty-two bytes',
});
