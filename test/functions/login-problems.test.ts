import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import * as sdk from '@aws-sdk/client-cognito-identity';
import { problems } from '../../lib/problem.ts';
import { demoPassword as password } from '../../local/settings.ts';
import { guest } from '../support/cognito.ts';
import { post, testStack } from '../support/stack.ts';

const { apiUrl, cognito, identityPoolId } = await testStack({ PUBLIC_PROVIDERS: 'accounts.example.com' });
const url = `${apiUrl}/login`;
const good = { username: 'alice', password };
afterEach(() => cognito.faults.clear());

/** Body → the pointers of the members that the answer must name. */
const malformed: [name: string, body: unknown, pointers: string[]][] = [
  ['nothing', {}, ['#/username', '#/password']],
  ['no password', { username: 'alice' }, ['#/password']],
  ['an unknown member', { ...good, identityId: 'us-east-1:0', userId: '1' }, ['#/identityId', '#/userId']],
  ['both kinds of credentials', { ...good, assertion: 'a.b.c' }, ['#/assertion']],
  ['an assertion, which the directory does not take', { assertion: 'a.b.c' }, ['#/assertion']],
  ['an unknown member of half a character', { ...good, '\ud800': 1 }, ['#/%EF%BF%BD']],
  ['an unknown member with a long name', { ...good, ['k'.repeat(100)]: 1 }, [`#/${'k'.repeat(64)}`]],
  ['a wrong type', { ...good, username: 7 }, ['#/username']],
  ['an empty string', { ...good, password: '' }, ['#/password']],
  ['a username that is too long', { ...good, username: 'x'.repeat(257) }, ['#/username']],
  ['a password that is too long', { ...good, password: 'x'.repeat(1_025) }, ['#/password']],
  ['half a character', '{"username":"\\ud800","password":"x"}', ['#/username']],
  ['a duration below the minimum', { ...good, durationSeconds: 59 }, ['#/durationSeconds']],
  ['a duration above the maximum', { ...good, durationSeconds: 86_401 }, ['#/durationSeconds']],
  ['a duration that is not whole', { ...good, durationSeconds: 60.5 }, ['#/durationSeconds']],
  ['a duration in words', { ...good, durationSeconds: '900' }, ['#/durationSeconds']],
  [
    'a login of a provider that is not set up',
    { ...good, logins: { 'other.example/~': 't' } },
    ['#/logins/other.example~1~0'],
  ],
  [
    'the developer provider among the logins',
    { ...good, logins: { 'login.local': 'bob' } },
    ['#/logins/login.local'],
  ],
  [
    'a login that is no string',
    { ...good, logins: { 'accounts.example.com': null } },
    ['#/logins/accounts.example.com'],
  ],
  [
    'ten logins',
    { ...good, logins: Object.fromEntries([...'0123456789'].map((digit) => [digit, 't'])) },
    ['#/logins'],
  ],
  ['a list', [good], ['#']],
  ['null', null, ['#']],
];
for (const [name, body, pointers] of malformed) {
  test(`${name}: 400 naming the member`, async () => {
    const { status, body: problem } = await post(url, body);
    assert.deepEqual([status, problem.code], [400, 'invalid_request']);
    const errors = problem.errors as unknown as { pointer: string; detail: string }[];
    assert.deepEqual(
      errors.map(({ pointer }) => pointer),
      pointers,
    );
    assert.ok(errors.every(({ detail }) => detail.length > 3));
  });
}

for (const [name, body] of Object.entries({
  'broken JSON': '{"username":',
  'a forbidden key': '{"__proto__":{"admin":true}}',
  'a very deep body': '['.repeat(60_000),
})) {
  test(`${name}: 400 invalid_json`, async () => {
    const { status, body: problem } = await post(url, body);
    assert.deepEqual([status, problem.code], [400, 'invalid_json']);
  });
}

test('an empty body: 400 saying that one is needed', async () => {
  const { status, body } = await post(url, '');
  assert.deepEqual([status, body.code], [400, 'invalid_request']);
  assert.deepEqual(body.errors, [{ pointer: '#', detail: 'is missing: a JSON object is needed' }]);
});

test('another content type, or none: 415', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', '']) {
    const { status, body } = await post(url, good, { 'content-type': type });
    assert.deepEqual([status, body.code], [415, 'unsupported_media_type'], type);
  }
  assert.equal((await post(url, good, { 'content-type': 'Application/JSON; charset=utf-8' })).status, 200);
});

test('a body over the limit: 413, however it is encoded', async () => {
  const large = JSON.stringify({ ...good, guestToken: 'x'.repeat(128 * 1024) });
  for (const type of ['application/json', 'application/octet-stream']) {
    const { status, body } = await post(url, large, { 'content-type': type });
    assert.deepEqual([status, body.code], [413, 'body_too_large'], type);
  }
});

test('however much is wrong, the answer stays small', async () => {
  const members = Array.from({ length: 2_000 }, (_, index) => [`${'k'.repeat(30)}${index}`, index]);
  const { status, body } = await post(url, Object.fromEntries(members));
  assert.equal(status, 400);
  assert.ok(JSON.stringify(body).length < 4_096);
});

test('a public token that Cognito refuses: 400', async () => {
  const { status, body } = await post(url, { ...good, logins: { 'accounts.example.com': 'not.a.token' } });
  assert.deepEqual([status, body.code], [400, 'invalid_login_token']);
});

const expected: Record<string, [status: number, code: string]> = {
  ConcurrentModificationException: [503, 'cognito_unavailable'],
  DeveloperUserAlreadyRegisteredException: [409, 'identity_conflict'],
  ExternalServiceException: [503, 'cognito_unavailable'],
  InternalErrorException: [503, 'cognito_unavailable'],
  InvalidIdentityPoolConfigurationException: [500, 'cognito_misconfigured'],
  InvalidParameterException: [500, 'cognito_misconfigured'],
  LimitExceededException: [503, 'cognito_throttled'],
  NotAuthorizedException: [500, 'cognito_misconfigured'],
  ResourceConflictException: [409, 'identity_conflict'],
  ResourceNotFoundException: [500, 'cognito_misconfigured'],
  TooManyRequestsException: [503, 'cognito_throttled'],
};

const isException = (prototype: unknown) => prototype instanceof sdk.CognitoIdentityServiceException;

test('every exception of Cognito has its problem', async (t) => {
  const declared = Object.entries(sdk)
    .filter(([, value]) => typeof value === 'function' && isException(value.prototype))
    .map(([name]) => name);
  assert.deepEqual(declared.sort(), Object.keys(expected));
  for (const [error, [status, code]] of Object.entries(expected)) {
    await t.test(error, async () => {
      cognito.faults.add({ operation: 'GetOpenIdTokenForDeveloperIdentity', error: error as never });
      const { status: answered, headers, body } = await post(url, good);
      cognito.faults.clear();
      assert.deepEqual([answered, body.code], [status, code]);
      assert.equal(headers.has('retry-after'), status === 503);
      // Cognito's own words stay in the log.
      assert.equal(body.detail, undefined);
    });
  }
});

test('one throttle is retried, and the user does not notice', async () => {
  cognito.faults.add({
    operation: 'GetOpenIdTokenForDeveloperIdentity',
    error: 'TooManyRequestsException',
    count: 1,
  });
  assert.equal((await post(url, good)).status, 200);
});

test('a Cognito that hangs up or does not answer in time is unavailable', async () => {
  cognito.faults.add({ operation: 'GetOpenIdTokenForDeveloperIdentity', drop: true });
  assert.equal((await post(url, good)).body.code, 'cognito_unavailable');
  cognito.faults.clear();
  cognito.faults.add({ operation: 'GetOpenIdTokenForDeveloperIdentity', delay: 4_000 });
  const { status, body } = await post(url, good);
  assert.deepEqual([status, body.code], [503, 'cognito_unavailable']);
});

test('a throttle while a guest is linked is no reason to keep the guest apart', async () => {
  const { token: guestToken } = await guest(cognito.endpoint, identityPoolId);
  cognito.faults.add({
    operation: 'GetOpenIdTokenForDeveloperIdentity',
    error: 'TooManyRequestsException',
    count: 2,
  });
  const { body } = await post(url, { ...good, guestToken });
  assert.equal(body.code, 'cognito_throttled');
});

test('every code is a word of its own with a status that HTTP knows', () => {
  for (const [code, { status, title }] of Object.entries(problems)) {
    assert.match(code, /^[a-z_]+$/);
    assert.ok(status >= 400 && status < 600 && title.length > 0);
  }
});
