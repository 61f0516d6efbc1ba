import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { buildAll } from '../build.ts';
import recorded from '../events/login.json' with { type: 'json' };
import { routes } from '../lib/contract.ts';
import { startGateway } from '../local/gateway.ts';
import { listen } from '../local/listen.ts';
import { backendEnv, startBackend } from './support/backend.ts';
import { guest } from './support/cognito.ts';
import { awsError, startFront } from './support/front.ts';
import { goodRequests } from './support/requests.ts';
import { secretArn, startSecretsManager } from './support/secrets-manager.ts';
import { newId, type RouteName, staffStack } from './support/staff.ts';

// The functions as they are deployed: bundled, with what the build leaves out.
const folder = mkdtempSync(join(tmpdir(), 'build-'));
after(() => rmSync(folder, { recursive: true }));
await buildAll(folder);

const [backend, cognito] = [await startBackend(), await startFront()];
const world = await staffStack({ ...backendEnv(backend), AWS_ENDPOINT_URL_COGNITO_IDENTITY: cognito.url });
const { stack, ok, refused, newIdentity } = world;
cognito.target = stack.cognito.endpoint;
const require = createRequire(import.meta.url);
const gateway = await startGateway({
  port: 0,
  routes: Object.values(routes).map(({ name, method, path }) => {
    const { handler } = require(join(folder, name, 'function.cjs'));
    return { name, method, path, handler };
  }),
  corsOrigins: ['*'],
  log: console.error,
});
after(() => gateway.close());
// From now on all requests are to the bundles.
stack.apiUrl = gateway.url;
const { good, newPerson } = goodRequests({ newIdentity, ok });

for (const name of Object.keys(routes) as RouteName[]) {
  test(`the bundle of ${name} answers what the contract says`, async () => {
    await ok(name, await good[name]());
  });
}

test('the bundle of resume finds nothing to do', async () => {
  const { handler } = require(join(folder, 'resume', 'function.cjs'));
  const answer = await handler({}, { getRemainingTimeInMillis: () => 10_000 });
  assert.deepEqual(answer, { finished: 0, left: 0 });
});

test('a guest is verified with what is loaded on demand', async () => {
  const { identityId, token } = await guest(stack.cognito.endpoint, stack.identityPoolId);
  const { credentials } = await newPerson();
  const body = { username: newId(), password: credentials.password, guestToken: token };
  const answer = await ok('login', { body });
  assert.deepEqual([answer.identityId, answer.guest], [identityId, 'linked']);
  await refused('login', { body: { ...body, guestToken: `${token}x` } }, 'invalid_guest_token');
});

test('keys are fetched without loading Node’s fetch', async () => {
  const { token } = await guest(stack.cognito.endpoint, stack.identityPoolId);
  const script = `
    const { jwtVerify, keySet } = require(${JSON.stringify(join(folder, 'login', 'jose.cjs'))});
    const keys = keySet(new URL('${stack.cognito.endpoint}/.well-known/jwks_uri'), 5_000);
    jwtVerify(process.argv[1], keys).then(({ payload }) => {
      const loaded = process.moduleLoadList.filter((name) => /undici|navigator|webstreams/.test(name));
      console.log(JSON.stringify({ amr: payload.amr, loaded }));
    });`;
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', script, token]);
  assert.deepEqual(JSON.parse(stdout), { amr: ['unauthenticated'], loaded: [] });
});

/** Loads a function as Lambda does, and ends the process as soon as it is ready. @throws where it isn't, or not in time */
const initialize = (name: string, env: NodeJS.ProcessEnv) => {
  const script = `import(${JSON.stringify(join(folder, name, 'index.mjs'))})
    .then(({ handler }) => process.exit(typeof handler === 'function' ? 0 : 1));`;
  // Lambda gives it 10 s.
  const options = { env: { ...process.env, ...env }, timeout: 10_000 };
  return promisify(execFile)(process.execPath, ['-e', script], options);
};
const directory = { AUTHENTICATOR: 'directory' };
const jwt = { AUTHENTICATOR: 'jwt', JWT_ISSUER: 'issuer', JWT_AUDIENCE: 'audience' };
const http = { BACKEND_SECRET: '', BACKEND_SECRET_ARN: secretArn, BACKEND_REFRESH_URL: '' };
const asksAtRefresh = { ...http, BACKEND_REFRESH_URL: backend.url };

for (const [name, how, env, keySets, secrets] of [
  ['lookup', '', {}, 1, 0],
  ['account', '', {}, 1, 0],
  ['login', ' by the directory', directory, 0, 0],
  ['login', ' by JWT', jwt, 1, 0],
  ['refresh', ' by JWT', jwt, 0, 0],
  ['login', ' by HTTP', http, 0, 1],
  ['refresh', ' by HTTP', http, 0, 0],
  ['refresh', ' by HTTP, which asks again', asksAtRefresh, 0, 1],
] as const) {
  test(`for its first event ${name}${how} has ${keySets} key sets and ${secrets} secrets`, async () => {
    let sent = 0;
    const issuer = await listen(
      createServer((_request, response) => {
        setTimeout(() => response.end('{"keys":[]}', () => sent++), 200);
      }),
      0,
    );
    const manager = await startSecretsManager('x'.repeat(32));
    const urls = { STAFF_JWKS_URL: issuer.url, COGNITO_JWKS_URL: issuer.url, JWT_JWKS_URL: issuer.url };
    await initialize(name, { ...env, ...urls, AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.url });
    await issuer.close();
    assert.deepEqual([sent, manager.asked.length], [keySets, secrets]);
  });
}

test('a function whose keys or secret can’t be had is ready all the same, and in time', async () => {
  const trickling = await listen(
    createServer((_request, response) => {
      const timer = setInterval(() => response.write(' '), 200);
      response.on('close', () => clearInterval(timer));
    }),
    0,
  );
  await Promise.all([
    initialize('lookup', { STAFF_JWKS_URL: 'http://localhost:9' }),
    initialize('login', { ...http, AWS_ENDPOINT_URL_SECRETS_MANAGER: trickling.url }),
  ]);
  await trickling.close();
});

test('errors of DynamoDB and Cognito are known by their names', async () => {
  const { refreshToken } = await ok('login', await good.login());
  await ok('refresh', { body: { refreshToken } });
  // The same answer again, by a write whose condition does not hold.
  await ok('refresh', { body: { refreshToken } });
  await refused('lookup', { query: { developerUserIdentifier: newId() } }, 'identity_not_found');
  await refused(
    'login',
    { body: { ...(await newPerson()).credentials, password: 'wrong' } },
    'invalid_credentials',
  );
});

test('the first answer under an idempotency key is the second one too', async () => {
  const headers = { 'idempotency-key': crypto.randomUUID() };
  const sent = { ...(await good.merge()), headers };
  assert.deepEqual(await ok('merge', sent), await ok('merge', sent));
  await refused('merge', { ...(await good.merge()), headers }, 'idempotency_key_reused');
});

test('a throttled Cognito is tried once more, and then said to be throttled', async () => {
  let calls = 0;
  cognito.take = (_operation, response) => {
    calls += 1;
    return awsError(response, 'TooManyRequestsException');
  };
  await refused('lookup', { query: { developerUserIdentifier: 'a' } }, 'cognito_throttled');
  cognito.take = undefined;
  assert.equal(calls, 2);
});

test('an error in the log names the lines of the source, not of the bundle', () => {
  const script = `
    const { handler } = require(${JSON.stringify(join(folder, 'login', 'function.cjs'))});
    handler(${JSON.stringify(recorded)}, { getRemainingTimeInMillis: () => 10_000 });`;
  const nowhere = 'http://localhost:9';
  const env = {
    ...process.env,
    POWERTOOLS_LOG_LEVEL: 'ERROR',
    AWS_ENDPOINT_URL_DYNAMODB: nowhere,
    AWS_ENDPOINT_URL_COGNITO_IDENTITY: nowhere,
  };
  const { stdout, stderr } = spawnSync(process.execPath, ['-e', script], { env, encoding: 'utf8' });
  const log = stdout + stderr;
  assert.match(log, /lib\/table\.ts:\d+:\d+/);
  assert.doesNotMatch(log, /login\/function\.cjs/);
});
