import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { after, before, test } from 'node:test';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import recorded from '../../events/login.json' with { type: 'json' };
import { type GatewayRoute, startGateway } from '../../local/gateway.ts';
import type { Server } from '../../local/listen.ts';

/** An answer that is no HTTP: the tests' own. */
let brokenAnswer: unknown;
const answers: Record<string, GatewayRoute['handler']> = {
  '/echo': async (event) => ({ statusCode: 200, body: JSON.stringify(event) }),
  '/plain': async () => ({ hello: 'world' }),
  '/binary': async () => ({
    statusCode: 201,
    body: Buffer.from([0, 255]).toString('base64'),
    isBase64Encoded: true,
  }),
  '/cookies': async () => ({ statusCode: 200, cookies: ['a=1', 'b=2'] }),
  '/things/{thing}': async ({ pathParameters }) => pathParameters,
  '/things/{thing}/parts/{part}': async ({ pathParameters }) => pathParameters,
  '/broken': async () => brokenAnswer,
  '/throws': async () => {
    throw new Error('the reason');
  },
};
const log: string[] = [];
let gateway: Server;
let strict: Server;

before(async () => {
  const routes = Object.entries(answers).map(([path, handler]) => ({
    name: path.slice(1),
    method: 'POST',
    path,
    handler,
  }));
  gateway = await startGateway({ port: 0, routes, corsOrigins: ['*'], log: (line) => log.push(line) });
  strict = await startGateway({
    port: 0,
    routes,
    corsOrigins: ['https://app.example'],
    log: (line) => log.push(line),
  });
});
after(async () => {
  await gateway.close();
  await strict.close();
});

const post = (path: string, init: RequestInit = {}) =>
  fetch(`${gateway.url}${path}`, { method: 'POST', ...init });
const echo = async (path: string, init: RequestInit = {}) =>
  (await (await post(path, init)).json()) as APIGatewayProxyEventV2;

/** Keys and the types behind them, with the free-form members left out. */
const shape = (value: unknown): unknown =>
  typeof value !== 'object' || value === null
    ? typeof value
    : Object.fromEntries(
        Object.entries(value).map(([key, member]) => [key, key === 'headers' ? 'object' : shape(member)]),
      );

test('an event has the shape of one recorded from API Gateway', async () => {
  const event = await echo('/echo', { body: '{}', headers: { 'content-type': 'application/json' } });
  assert.deepEqual(shape(event), shape(recorded));
  assert.equal(event.routeKey, 'POST /echo');
  assert.equal(event.requestContext.http.sourceIp, '127.0.0.1');
  assert.match(event.requestContext.time, /^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);
});

test('repeated headers and query parameters are joined, cookies are listed apart', async () => {
  const call = request(`${gateway.url}/echo?a=1&b=x%20y&a=2`, { method: 'POST' });
  call.setHeader('X-Many', ['one', 'two']);
  call.setHeader('Cookie', 'c=1; d=2');
  call.end();
  const [response] = await once(call, 'response');
  const event = JSON.parse((await response.toArray()).join(''));
  assert.equal(event.headers['x-many'], 'one,two');
  assert.deepEqual(event.cookies, ['c=1', 'd=2']);
  assert.equal('cookie' in event.headers, false);
  assert.equal(event.rawQueryString, 'a=1&b=x%20y&a=2');
  assert.deepEqual(event.queryStringParameters, { a: '1,2', b: 'x y' });
});

test('the path reaches the function decoded, the query does not', async () => {
  const event = await echo('/%65cho?a=%2F');
  assert.deepEqual([event.rawPath, event.rawQueryString], ['/echo', 'a=%2F']);
  assert.equal((await post('/%')).status, 404);
});

test('a body that is not text reaches the function as base64', async () => {
  const binary = await echo('/echo', {
    body: new Uint8Array([0, 255]),
    headers: { 'content-type': 'image/png' },
  });
  assert.deepEqual([binary.isBase64Encoded, binary.body], [true, 'AP8=']);
  const text = await echo('/echo', {
    body: '{"a":"é"}',
    headers: { 'content-type': 'application/problem+json' },
  });
  assert.deepEqual([text.isBase64Encoded, text.body], [false, '{"a":"é"}']);
});

test('an answer without a status is a JSON body, base64 is decoded, cookies are set', async () => {
  assert.deepEqual(await (await post('/plain')).json(), { hello: 'world' });
  const binary = await post('/binary');
  assert.deepEqual([binary.status, [...new Uint8Array(await binary.arrayBuffer())]], [201, [0, 255]]);
  assert.deepEqual((await post('/cookies')).headers.getSetCookie(), ['a=1', 'b=2']);
});

test('an unknown path or method is 404', async () => {
  for (const response of [await post('/nowhere'), await fetch(`${gateway.url}/echo`)]) {
    assert.equal(response.status, 404);
    assert.deepEqual(await response.json(), { message: 'Not Found' });
  }
});

test('a body over 10 MB is 413 and reaches no function', async () => {
  const response = await post('/throws', { body: new Uint8Array(10 * 1024 * 1024 + 1) });
  assert.equal(response.status, 413);
  assert.deepEqual(await response.json(), { message: 'Request Entity Too Large' });
});

test('a function that throws is 500, with its stack in the log only', async () => {
  const response = await post('/throws');
  assert.equal(response.status, 500);
  assert.equal(await response.text(), '{"message":"Internal Server Error"}');
  const requestId = response.headers.get('apigw-requestid') ?? 'none';
  assert.ok(log.some((line) => line.includes(requestId) && /Error: the reason\n\s+at /.test(line)));
});

test("a caller's address is the connection's, whatever its headers say", async () => {
  const event = await echo('/echo', {
    headers: { 'x-forwarded-for': '203.0.113.7', forwarded: 'for=203.0.113.7', 'x-real-ip': '203.0.113.7' },
  });
  assert.equal(event.requestContext.http.sourceIp, '127.0.0.1');
});

test('a path parameter reaches the function decoded', async () => {
  const parameters = async (path: string) => (await post(path)).json();
  assert.deepEqual(await parameters('/things/us-east-1%3A0%20f'), { thing: 'us-east-1:0 f' });
  assert.deepEqual(await parameters('/things/a?thing=b'), { thing: 'a' });
});

test('a body of 10 MB reaches its function, of bytes that become base64 too', async () => {
  for (const type of ['image/png', 'text/plain']) {
    const body = new Uint8Array(10 * 1024 * 1024).fill(120);
    const response = await post('/plain', { body, headers: { 'content-type': type } });
    assert.equal(response.status, 200, type);
  }
});

for (const [name, broken] of Object.entries({
  'a header with a line break': { statusCode: 200, headers: { 'x-a': 'a\r\nset-cookie: b=1' } },
  'a header of no name': { statusCode: 200, headers: { 'not a name': 'a' } },
  'a status that is none': { statusCode: 99_999 },
  'a status that is no number': { statusCode: 'OK' },
  'a body that is no string': { statusCode: 200, body: { hello: 'world' } },
  'cookies that are no list': { statusCode: 200, cookies: [{ a: 1 }, 'a\nb'] },
})) {
  test(`a function that answers ${name} is 500, and the next request is answered`, async () => {
    brokenAnswer = broken;
    const before = log.length;
    const response = await post('/broken');
    assert.deepEqual([response.status, await response.text()], [500, '{"message":"Internal Server Error"}']);
    assert.equal(response.headers.get('set-cookie'), null);
    assert.equal(log.length, before + 1);
    assert.equal((await post('/plain')).status, 200);
  });
}

test('CORS answers as configured', async () => {
  const from = (origin: string): RequestInit => ({ method: 'OPTIONS', headers: { origin } });
  const any = await fetch(`${gateway.url}/echo`, from('https://elsewhere.example'));
  assert.deepEqual([any.status, any.headers.get('access-control-allow-origin')], [204, '*']);
  assert.equal(
    any.headers.get('access-control-allow-headers'),
    'authorization,content-type,idempotency-key,x-request-id',
  );
  assert.equal(any.headers.get('access-control-expose-headers'), 'retry-after,www-authenticate,x-request-id');

  const allowed = await fetch(`${strict.url}/plain`, {
    method: 'POST',
    headers: { origin: 'https://app.example' },
  });
  assert.equal(allowed.headers.get('access-control-allow-origin'), 'https://app.example');
  // Without it a cache would give the answer for one origin to another.
  assert.equal(allowed.headers.get('vary'), 'Origin');
  const other = await fetch(`${strict.url}/echo`, from('https://elsewhere.example'));
  assert.deepEqual([other.status, other.headers.get('access-control-allow-origin')], [404, null]);
});
