import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { after, beforeEach, test } from 'node:test';
import { listen } from '../../local/listen.ts';
import { call, frozenClock, refused, sessionsOf, statusAndCode, tagsOf } from '../support/sessions.ts';
import { testStack } from '../support/stack.ts';

const asked: { body: unknown; signature: unknown }[] = [];
let atRefresh: (response: ServerResponse) => unknown;
let userId: string;

const says = (status: number, body: unknown) => (response: ServerResponse) =>
  response.writeHead(status).end(JSON.stringify(body));
const backend = await listen(
  createServer(async (request, response) => {
    const body = await json(request);
    if (request.url === '/refresh') {
      asked.push({ body, signature: request.headers['x-signature'] });
      await atRefresh(response);
    } else says(200, { userId, attributes: { role: 'editor' } })(response);
  }),
  0,
);
after(() => backend.close());
const stack = await testStack({
  AUTHENTICATOR: 'http',
  BACKEND_URL: `${backend.url}/authenticate`,
  BACKEND_REFRESH_URL: `${backend.url}/refresh`,
  BACKEND_SECRET: 'a secret that both sides know, long enough',
  PRINCIPAL_TAGS: 'role',
});
const { refresh, refreshed, logout, items } = sessionsOf(stack);
const newSession = async () => {
  const { status, body } = await call(`${stack.apiUrl}/login`, { assertion: 'a.b.c' });
  assert.equal(status, 200);
  return body.refreshToken ?? '';
};

beforeEach(() => {
  asked.length = 0;
  userId = `user-${crypto.randomUUID()}`;
  atRefresh = says(200, { userId, attributes: { role: 'reader' } });
});

test('the backend is asked about the user id, signed, and its answer is in the next Cognito token', async () => {
  const { status, body } = await refresh(await newSession());
  assert.equal(status, 200);
  assert.deepEqual(tagsOf(body.token), { role: 'reader' });
  assert.deepEqual(
    asked.map((question) => question.body),
    [{ userId }],
  );
  assert.match(String(asked[0]?.signature), /^t=\d+,v1=[0-9a-f]{64}$/);
});

const noes: Record<string, () => (response: ServerResponse) => void> = {
  '401': () => says(401, {}),
  '403': () => says(403, {}),
  'another user': () => says(200, { userId: 'somebody else' }),
};
for (const [name, no] of Object.entries(noes)) {
  test(`${name} is no, and ends the session`, async () => {
    const token = await newSession();
    atRefresh = no();
    assert.deepEqual(statusAndCode(await refresh(token)), refused);
    atRefresh = says(200, { userId });
    assert.deepEqual(statusAndCode(await refresh(token)), refused);
  });
}

test("the backend's outage logs nobody out, however late they come back", async (t) => {
  const clock = frozenClock(t);
  const token = await newSession();
  for (const outage of [says(500, {}), says(200, {}), (response: ServerResponse) => response.destroy()]) {
    atRefresh = outage;
    assert.deepEqual(statusAndCode(await refresh(token)), [503, 'backend_unavailable']);
    clock.advance(3_600);
  }
  atRefresh = says(200, { userId });
  await refreshed(token);
});

test('an attribute that can be no tag uses no token up', async (t) => {
  const clock = frozenClock(t);
  const token = await newSession();
  atRefresh = says(200, { userId, attributes: { role: '<script>' } });
  assert.deepEqual(statusAndCode(await refresh(token)), [500, 'invalid_principal_tags']);
  clock.advance(600);
  atRefresh = says(200, { userId });
  assert.deepEqual(tagsOf((await refresh(token)).body.token), {});
});

for (const [outcome, answer] of Object.entries({ succeeds: 200, fails: 500 })) {
  test(`a session that ends while a refresh ${outcome} is not brought back`, () => endsWhile(answer));
}
const endsWhile = async (answer: number) => {
  const token = await newSession();
  atRefresh = async (response) => {
    await logout(token);
    says(answer, { userId })(response);
  };
  const { body } = await refresh(token);
  atRefresh = says(200, { userId });
  for (const either of [token, body.refreshToken ?? token]) {
    assert.deepEqual(statusAndCode(await refresh(either)), refused);
  }
  assert.equal((await items()).filter(({ pk }) => String(pk).includes(token.split('.')[0] ?? '')).length, 0);
};

test('the longest user id that Cognito takes, in any script, has sessions and ends them', async () => {
  userId = '用'.repeat(1_024);
  atRefresh = says(200, { userId });
  const [first, second] = [await newSession(), await newSession()];
  const next = await refreshed(first);
  // The local DynamoDB does not look: the real one refuses a longer key of an index.
  for (const { group = '' } of await items()) assert.ok(Buffer.byteLength(String(group)) <= 2_048);
  assert.equal((await logout(next, true)).status, 204);
  assert.deepEqual(statusAndCode(await refresh(second)), refused);
});
