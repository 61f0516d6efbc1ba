import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { listen } from '../../local/listen.ts';
import { call, sessionsOf, tagsOf } from '../support/sessions.ts';
import { testStack } from '../support/stack.ts';

let asked = 0;
const backend = await listen(
  createServer((_request, response) => {
    asked++;
    response.writeHead(200).end(JSON.stringify({ userId: 'user-1', attributes: { role: 'editor' } }));
  }),
  0,
);
after(() => backend.close());
const stack = await testStack({
  AUTHENTICATOR: 'http',
  BACKEND_URL: backend.url,
  BACKEND_SECRET: 'a secret that both sides know, long enough',
  PRINCIPAL_TAGS: 'role',
});
const { refresh, refreshed } = sessionsOf(stack);

test('without BACKEND_REFRESH_URL the backend is not asked, and the user stays as they logged in', async () => {
  const { body } = await call(`${stack.apiUrl}/login`, { assertion: 'a.b.c' });
  asked = 0;
  const answer = await refresh(await refreshed(body.refreshToken ?? ''));
  assert.deepEqual(tagsOf(answer.body.token), { role: 'editor' });
  assert.equal(asked, 0);
});
