import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { listen } from '../../local/listen.ts';
import { call, frozenClock, statusAndCode } from '../support/sessions.ts';
import { testStack } from '../support/stack.ts';

let asked = 0;
let status = 401;
const backend = await listen(
  createServer(async (request, response) => {
    asked++;
    await json(request);
    response.writeHead(status).end(JSON.stringify({ userId: 'user-1' }));
  }),
  0,
);
after(() => backend.close());
const { apiUrl } = await testStack({
  AUTHENTICATOR: 'http',
  BACKEND_URL: backend.url,
  BACKEND_SECRET: 'a secret that both sides know, long enough',
});
const login = async (credentials: object) => statusAndCode(await call(`${apiUrl}/login`, credentials));
const wrong = [401, 'invalid_credentials'];

test('assertions can not be guessed, and are not counted', async () => {
  for (let time = 0; time < 30; time++) assert.deepEqual(await login({ assertion: 'a.b.c' }), wrong);
});

test('the backend is not asked about a password that comes too soon', async (t) => {
  const clock = frozenClock(t);
  const credentials = { username: 'ada', password: 'lovelace' };
  for (let time = 0; time < 3; time++) assert.deepEqual(await login(credentials), wrong);
  asked = 0;
  assert.deepEqual(await login(credentials), [429, 'too_many_attempts']);
  assert.equal(asked, 0);
  clock.advance(1);
  status = 200;
  assert.deepEqual(await login(credentials), [200, undefined]);
});

test("the backend's outage is nobody's failure", async () => {
  status = 500;
  for (let time = 0; time < 5; time++) {
    assert.deepEqual(await login({ username: 'bob', password: 'x' }), [503, 'backend_unavailable']);
  }
});
