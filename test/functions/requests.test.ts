import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, afterEach, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { readSignInConfig, timeLimits } from '../../lib/config.ts';
import { openTable } from '../../lib/table.ts';
import { createLogin } from '../../lib/use-cases/login.ts';
import { createRefresh } from '../../lib/use-cases/refresh.ts';
import { addUser } from '../../lib/users.ts';
import { listen } from '../../local/listen.ts';
import { demoPassword as password, region, tableName } from '../../local/settings.ts';
import { awsProxy } from '../support/aws-proxy.ts';
import { backendEnv, startBackend } from '../support/backend.ts';
import { testStack } from '../support/stack.ts';

// The last test waits for two attempts.
timeLimits.awsAttempt = 500;
const proxy = await awsProxy();
after(() => proxy.close());
const stack = await testStack(proxy.env);
proxy.before({ dynamodb: stack.dynamodbUrl, cognito: stack.cognito.endpoint });
afterEach(() => proxy.decide(() => undefined));

const { publicKey, privateKey } = await generateKeyPair('ES256');
const jwks = JSON.stringify({ keys: [await exportJWK(publicKey)] });
const keys = await listen(
  createServer((_request, response) => response.end(jwks)),
  0,
);
after(() => keys.close());
const backend = await startBackend();

const table = openTable(tableName, region, stack.dynamodbUrl);
const { username, userId } = await addUser(table, { username: 'ada', password });
const assertion = await new SignJWT()
  .setProtectedHeader({ alg: 'ES256' })
  .setIssuer('https://backend.example')
  .setAudience('cognito')
  .setSubject(userId)
  .setIssuedAt()
  .setExpirationTime('5m')
  .sign(privateKey);

const jwtEnv = {
  AUTHENTICATOR: 'jwt',
  JWT_ISSUER: 'https://backend.example',
  JWT_AUDIENCE: 'cognito',
  JWT_JWKS_URL: keys.url,
};
const getToken = 'GetOpenIdTokenForDeveloperIdentity';

/** What each asks AWS for, in that order, the last two of a login side by side. */
const authenticators = {
  directory: {
    env: {},
    credentials: { username, password },
    login: ['BatchGetItem', getToken, 'BatchWriteItem'],
    // One more: its backend is the table.
    refresh: ['UpdateItem', 'GetItem', getToken],
  },
  http: {
    env: backendEnv(backend),
    credentials: { username, password: 'right' },
    login: ['BatchGetItem', getToken, 'BatchWriteItem'],
    refresh: ['UpdateItem', getToken],
  },
  jwt: {
    env: jwtEnv,
    credentials: { assertion },
    login: [getToken, 'BatchWriteItem'],
    refresh: ['UpdateItem', getToken],
  },
};

const context = {
  requestId: 'a request',
  sourceIp: '203.0.113.7',
  caller: undefined,
  idempotencyKey: undefined,
  signal: new AbortController().signal,
  remaining: () => 15_000,
};
const asked = () => proxy.calls().map(({ operation }) => operation);

for (const [name, { env, credentials, ...expected }] of Object.entries(authenticators)) {
  test(`${name}: a login of a known user and a refresh make no request that is not needed`, async () => {
    const config = readSignInConfig({ ...process.env, ...env });
    const [login, refresh] = [createLogin(config), createRefresh(config)];
    const input = { ...credentials, durationSeconds: 900 };
    await login(input, context);
    proxy.decide(() => undefined);
    const { refreshToken } = await login(input, context);
    assert.deepEqual(asked(), expected.login);
    proxy.decide(() => undefined);
    await refresh({ refreshToken }, context);
    assert.deepEqual(asked(), expected.refresh);
  });
}

test('a login writes its session while it asks Cognito, and asks Cognito while it writes', async () => {
  const config = readSignInConfig({ ...process.env, ...jwtEnv });
  for (const silent of [getToken, 'BatchWriteItem']) {
    proxy.decide(({ operation }) => (operation === silent ? 'silent' : undefined));
    await assert.rejects(createLogin(config)({ assertion, durationSeconds: 900 }, context));
    assert.deepEqual(new Set(asked()), new Set([getToken, 'BatchWriteItem']));
  }
});
