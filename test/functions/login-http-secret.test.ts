import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import { backendSecret } from '../../lib/backend-secret.ts';
import { type ConfigFor, readSignInConfig } from '../../lib/config.ts';
import { listen } from '../../local/listen.ts';
import { logged } from '../support/logged.ts';
import { secretArn, startSecretsManager } from '../support/secrets-manager.ts';
import { frozenClock } from '../support/sessions.ts';
import { post, testStack } from '../support/stack.ts';

const secret = 'a secret that both sides know, long enough';
const manager = await startSecretsManager();
const signatures: boolean[] = [];
const backend = await listen(
  createServer(async (request, response) => {
    const [, time, mac] = /^t=(\d+),v1=(\w+)$/.exec(String(request.headers['x-signature'])) ?? [];
    const body = await text(request);
    signatures.push(mac === createHmac('sha256', secret).update(`${time}.${body}`).digest('hex'));
    response.end('{"userId":"user-1"}');
  }),
  0,
);
after(() => backend.close());
const stack = await testStack({
  AUTHENTICATOR: 'http',
  BACKEND_URL: backend.url,
  BACKEND_SECRET_ARN: secretArn,
  AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.url,
});
const login = () => post(`${stack.apiUrl}/login`, { username: 'ada', password: 'lovelace' });

test('without its secret the backend is asked nothing, and as soon as there is one it is', async () => {
  const { status, body } = await login();
  assert.deepEqual([status, body.code], [503, 'backend_unavailable']);
  assert.deepEqual(signatures, []);
  manager.secret = secret;
  assert.equal((await login()).status, 200);
  assert.deepEqual(signatures, [true]);
});

test('Secrets Manager is asked for that secret, and not at every login', async () => {
  const { length } = manager.asked;
  assert.equal((await login()).status, 200);
  assert.equal(manager.asked.length, length);
  assert.deepEqual(new Set(manager.asked), new Set([`secretsmanager.GetSecretValue ${secretArn}`]));
});

test('an outage of Secrets Manager, or a change to what is no secret, ends no login: the last one is used', async (t) => {
  const clock = frozenClock(t);
  const { length } = signatures;
  for (const none of [undefined, 'too short']) {
    manager.secret = none;
    clock.advance(400);
    const before = manager.asked.length;
    const log = await logged(async () => {
      for (let time = 0; time < 2; time++) assert.equal((await login()).status, 200);
    });
    assert.match(log, /"level":"ERROR".*the last one is used/);
    assert.doesNotMatch(log, new RegExp(`${secret}|too short"`));
    assert.ok(manager.asked.length > before);
  }
  assert.deepEqual(signatures.slice(length), [true, true, true, true]);
  // It is asked again: from then on the backend gets signatures of the new secret.
  manager.secret = `another ${secret}`;
  clock.advance(400);
  assert.equal((await login()).status, 200);
  assert.equal(signatures.at(-1), false);
});

test('a secret that is too short signs nothing', async () => {
  const short = await startSecretsManager('x'.repeat(31));
  const read = backendSecret(
    readSignInConfig({
      ...process.env,
      AWS_ENDPOINT_URL_SECRETS_MANAGER: short.url,
    }) as ConfigFor<'http'>,
  );
  await assert.rejects(read, /BACKEND_SECRET_ARN must be a text of at least 32 characters/);
});
