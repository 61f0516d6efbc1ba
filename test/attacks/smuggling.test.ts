import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Route, routes } from '../../lib/contract.ts';
import { noIdentity, type RouteName, type Sent, staffStack } from '../support/staff.ts';

const { ok, refused, send, newIdentity, newUser, stack, issuer } = await staffStack();
const names = Object.keys(routes) as RouteName[];
const routeOf = (name: RouteName): Route => routes[name];
const user = await newUser();
const staff = await issuer.token();
const credentials = { username: 'x', password: 'y' };

/** What fits each route's contract, so that only what a test adds is wrong. */
const good: Record<RouteName, Sent> = {
  login: { body: credentials },
  refresh: { body: { refreshToken: 'x' } },
  logout: { body: { refreshToken: 'x' } },
  account: { token: user.token },
  'merge-accounts': { body: { source: credentials, destination: credentials } },
  'unlink-account': { body: { credentials, developerUserIdentifier: 'x' } },
  lookup: { query: { identityId: noIdentity } },
  merge: { body: { sourceUserIdentifier: 'x', destinationUserIdentifier: 'y', reason: 'r' } },
  unlink: { body: { identityId: noIdentity, developerUserIdentifier: 'x', reason: 'r' } },
  'list-identities': {},
  'describe-identity': { params: { identityId: noIdentity } },
  'delete-identity': { params: { identityId: noIdentity }, body: { reason: 'r' } },
  'end-sessions': { params: { developerUserIdentifier: 'x' } },
  audit: { params: { identityId: noIdentity } },
  health: {},
};

test('no route takes a query parameter that it does not know, nor one twice', async () => {
  for (const name of names) {
    const { query = {} } = good[name];
    const known = String(new URLSearchParams(query));
    for (const extra of [
      'caller=staff',
      'access_token=x',
      '__proto__=x',
      'constructor=x',
      'identity%00Id=x',
      '=x',
    ]) {
      const sent: Sent = { ...good[name], query: known ? `${known}&${extra}` : extra };
      const { wrong } = await refused(name, sent, 'invalid_request');
      const parameter = [...new URLSearchParams(extra).keys()][0];
      assert.deepEqual(wrong, [`query ${parameter}`], name);
    }
    const twice = { ...good[name], query: `${known}&nextToken=a&nextToken=b` };
    const { wrong } = await refused(name, twice, 'invalid_request');
    assert.ok(wrong.includes('query nextToken'), name);
  }
});

test('no body takes a member that it does not know: nobody assigns what is not theirs', async () => {
  for (const name of names) {
    const { body } = good[name];
    if (body === undefined) continue;
    for (const member of [
      'userId',
      'actor',
      'caller',
      'scope',
      'identityPoolId',
      'requestId',
      'principalTags',
      'startedAt',
    ]) {
      const sent: Sent = { ...good[name], body: { ...body, [member]: 'x' } };
      assert.deepEqual((await refused(name, sent, 'invalid_request')).wrong, [`#/${member}`], name);
    }
    for (const key of ['__proto__', 'constructor":{"prototype":{"a":1}},"x'])
      await send(name, { ...good[name], body: `{"${key}":{"admin":true}}` }).then(({ status }) =>
        assert.equal(status, 400, `${name} ${key}`),
      );
  }
  assert.equal(({} as { admin?: boolean }).admin, undefined);
});

test("headers that say who calls, from where or how are nobody's word", async () => {
  const headers = {
    'x-forwarded-user': 'carol',
    'x-amzn-oidc-identity': 'carol',
    'x-authorization': `Bearer ${staff}`,
    'proxy-authorization': `Bearer ${staff}`,
    cookie: `authorization=Bearer ${staff}; token=${staff}`,
    'x-http-method-override': 'GET',
    'x-original-url': '/health',
    'x-rewrite-url': '/health',
    authorization: '',
  };
  for (const name of names.filter((candidate) => routeOf(candidate).caller !== 'anyone'))
    await refused(name, { ...good[name], headers }, 'unauthorized');
});

test('another method on the path of a route is no route', async () => {
  const { identityId } = await newIdentity();
  const authorization = `Bearer ${staff}`;
  for (const [method, path] of [
    ['POST', `/identities/${identityId}`],
    ['PUT', `/identities/${identityId}`],
    ['PATCH', `/identities/${identityId}`],
    ['HEAD', `/identities/${identityId}`],
    ['GET', '/merge'],
    ['DELETE', '/identities'],
    ['DELETE', `/audit/${identityId}`],
    ['POST', '/lookup'],
  ] as const) {
    const headers = { authorization, 'x-http-method-override': 'DELETE' };
    const { status } = await fetch(`${stack.apiUrl}${path}`, { method, headers });
    assert.equal(status, 404, `${method} ${path}`);
  }
  await ok('describe-identity', { params: { identityId } });
});

test("a user's token opens no staff route, whatever it asks for", async () => {
  for (const name of names.filter((candidate) => routeOf(candidate).caller.startsWith('identities:')))
    await refused(name, { ...good[name], token: user.token }, 'unauthorized');
});

test('answers hold no more than the contract says, and none is cached', async () => {
  for (const name of names) {
    const { headers, text } = await send(name, good[name]);
    assert.equal(headers.get('cache-control'), 'no-store', name);
    assert.ok(headers.get('x-request-id'), name);
    assert.ok(!/Exception|at .*\.ts:|arn:aws/.test(text), `${name}: ${text}`);
  }
});
