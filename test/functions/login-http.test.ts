import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { after, beforeEach, test } from 'node:test';
import { listen } from '../../local/listen.ts';
import { credentialsFor, verify } from '../support/cognito.ts';
import { post, testStack } from '../support/stack.ts';

const secret = 'a secret that both sides know, long enough';
const received: { headers: IncomingMessage['headers']; body: unknown }[] = [];
let answer: (response: ServerResponse) => void;

const backend = await listen(
  createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await json(request) });
    answer(response);
  }),
  0,
);
const stack = await testStack({
  AUTHENTICATOR: 'http',
  BACKEND_URL: `${backend.url}/authenticate`,
  BACKEND_SECRET: secret,
  PRINCIPAL_TAGS: 'role',
});
after(() => backend.close());

const says = (status: number, body?: unknown) => (response: ServerResponse) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body) ?? '');
const login = (body: unknown = { username: 'ada', password: 'lovelace' }) =>
  post(`${stack.apiUrl}/login`, body);

beforeEach(() => {
  received.length = 0;
  answer = says(200, { userId: 'user-1', attributes: { role: 'editor', other: 'x' } });
});

test("the backend's yes is a login: token, credentials, the same identity again", async () => {
  const { status, body } = await login();
  assert.equal(status, 200);
  const { identityId = '', token = '' } = body;
  const claims = await verify(stack.cognito.endpoint, stack.identityPoolId, token);
  assert.equal(claims.sub, identityId);
  assert.ok((claims.amr as string[]).at(-1)?.endsWith(':user-1'));
  assert.deepEqual(claims['https://aws.amazon.com/tags'], { principal_tags: { role: ['editor'] } });
  assert.ok((await credentialsFor(stack.cognito.endpoint, identityId, token)).SessionToken);
  assert.equal((await login()).body.identityId, identityId);
});

test('the backend gets the credentials, nothing else, and a signature over time and body', async () => {
  await login({ username: 'ada', password: 'lovelace', durationSeconds: 60 });
  await login({ assertion: 'a.b.c' });
  assert.deepEqual(
    received.map(({ body }) => body),
    [{ username: 'ada', password: 'lovelace' }, { assertion: 'a.b.c' }],
  );
  const signature = String(received[1]?.headers['x-signature']);
  const [, timestamp = '', mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? [];
  const expected = createHmac('sha256', secret).update(`${timestamp}.{"assertion":"a.b.c"}`).digest('hex');
  assert.equal(mac, expected);
  assert.ok(Math.abs(Number(timestamp) - Date.now() / 1000) < 30);
});

for (const status of [401, 403]) {
  test(`${status} is no`, async () => {
    answer = says(status, { reason: 'not shown' });
    const { status: answered, body } = await login();
    assert.deepEqual([answered, body.code, body.detail], [401, 'invalid_credentials', undefined]);
  });
}

const outages: Record<string, (response: ServerResponse) => void> = {
  'an error': says(500, { userId: 'user-1' }),
  'not found': says(404),
  'no content': (response) => response.writeHead(204).end(),
  'a redirect': (response) => response.writeHead(307, { location: `${backend.url}/elsewhere` }).end(),
  'no user id': says(200, { attributes: {} }),
  'a user id of another type': says(200, { userId: 7 }),
  'an empty user id': says(200, { userId: '' }),
  'a user id that is too long': says(200, { userId: 'x'.repeat(1_025) }),
  'attributes that are no strings': says(200, { userId: 'user-1', attributes: { role: { admin: true } } }),
  'not JSON': (response) => response.writeHead(200).end('<html>'),
  'an endless answer': (response) => {
    response.writeHead(200).write('{"userId":"');
    const more = setInterval(() => response.write('x'.repeat(10_000)), 1);
    response.on('close', () => clearInterval(more));
  },
  'a hang-up': (response) => response.destroy(),
  'no answer in time': () => {},
};
for (const [name, outage] of Object.entries(outages)) {
  test(`${name} is "backend unavailable", not a wrong password`, async () => {
    answer = outage;
    const { status, headers, body } = await login();
    assert.deepEqual([status, body.code], [503, 'backend_unavailable']);
    assert.ok(Number(headers.get('retry-after')) > 0);
    assert.equal(received.length, 1);
  });
}
