import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { after, beforeEach, test } from 'node:test';
import { http } from '../../lib/authenticators/http.ts';
import { readSignInConfig } from '../../lib/config.ts';
import { listen } from '../../local/listen.ts';
import { credentialsFor, verify } from '../support/cognito.ts';
import { tagsOf } from '../support/sessions.ts';
import { post, testStack } from '../support/stack.ts';

const secret = 'a secret that both sides know, long enough';
const received: { headers: IncomingMessage['headers']; body: unknown }[] = [];
let answer: (response: ServerResponse) => void;
let strangers = 0;

const says = (status: number, body?: unknown) => (response: ServerResponse) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body) ?? '');

const backend = await listen(
  createServer(async (request, response) => {
    received.push({ headers: request.headers, body: await json(request) });
    answer(response);
  }),
  0,
);
/** Where a redirect leads: another server, that would say yes. */
const elsewhere = await listen(
  createServer((_request, response) => {
    strangers++;
    says(200, { userId: 'user-1' })(response);
  }),
  0,
);
const stack = await testStack({
  AUTHENTICATOR: 'http',
  BACKEND_URL: `${backend.url}/authenticate`,
  BACKEND_SECRET: secret,
  PRINCIPAL_TAGS: 'role,constructor',
});
after(() => Promise.all([backend.close(), elsewhere.close()]));

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

test('an attribute may be called what every object has', async () => {
  const attributes = JSON.parse('{"constructor": "x", "__proto__": "y", "toString": "z", "role": "editor"}');
  answer = says(200, { userId: 'user-1', attributes });
  const { status, body } = await login();
  assert.equal(status, 200);
  assert.deepEqual(Object.entries(tagsOf(body.token)).sort(), [
    ['constructor', 'x'],
    ['role', 'editor'],
  ]);
});

const outages: Record<string, (response: ServerResponse) => void> = {
  'an error': says(500, { userId: 'user-1' }),
  'not found': says(404),
  'no content': (response) => response.writeHead(204).end(),
  'a redirect': (response) => response.writeHead(307, { location: elsewhere.url }).end(),
  'no user id': says(200, { attributes: {} }),
  'a user id of another type': says(200, { userId: 7 }),
  'an empty user id': says(200, { userId: '' }),
  'a user id that is too long': says(200, { userId: 'x'.repeat(1_025) }),
  'attributes that are a list': says(200, { userId: 'user-1', attributes: ['editor'] }),
  'attributes that are null': says(200, { userId: 'user-1', attributes: null }),
  'attributes that are no strings': says(200, { userId: 'user-1', attributes: { role: { admin: true } } }),
  'a whole answer of 100 KB': says(200, { userId: 'user-1', attributes: { role: 'x'.repeat(100_000) } }),
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

test('a redirect takes the password nowhere', async () => {
  for (const status of [301, 302, 303, 307, 308]) {
    answer = (response) => response.writeHead(status, { location: elsewhere.url }).end();
    assert.equal((await login()).body.code, 'backend_unavailable');
  }
  assert.equal(strangers, 0);
});

test('the end of the request ends the call of the backend', async () => {
  const config = readSignInConfig(process.env);
  assert.ok(config.AUTHENTICATOR === 'http');
  const request = new AbortController();
  let hungUp: Promise<unknown> = Promise.reject(new Error('The backend was not called'));
  hungUp.catch(() => {});
  answer = (response) => {
    hungUp = once(response, 'close');
    request.abort();
  };
  const asking = http(config).authenticate(
    { username: 'ada', password: 'lovelace' },
    { signal: request.signal, allow: async () => {} },
  );
  // Not the TimeoutError of its own limit.
  await assert.rejects(asking, ({ cause }: Error) => cause instanceof Error && cause.name === 'AbortError');
  await hungUp;
});
