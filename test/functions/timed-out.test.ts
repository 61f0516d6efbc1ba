import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import recorded from '../../events/login.json' with { type: 'json' };
import { backendEnv, startBackend } from '../support/backend.ts';
import { startFront } from '../support/front.ts';
import { invoke } from '../support/requests.ts';
import { call, sessionsOf } from '../support/sessions.ts';
import { testStack } from '../support/stack.ts';

const [backend, dynamodb, cognito] = [await startBackend(), await startFront(), await startFront()];
const stack = await testStack({
  ...backendEnv(backend),
  AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
  AWS_ENDPOINT_URL_COGNITO_IDENTITY: cognito.url,
});
dynamodb.target = stack.dynamodbUrl;
cognito.target = stack.cognito.endpoint;
afterEach(() => {
  dynamodb.take = undefined;
  cognito.take = undefined;
  backend.state = 'up';
});
const { items } = sessionsOf(stack);
const itemsOf = async (prefix: string) => (await items()).filter(({ pk }) => String(pk).startsWith(prefix));

/** A function whose time is over in a moment. What it sends the table then takes a while. */
const runOutOfTime = async (name: 'login' | 'refresh', body: object, undoing: string) => {
  const started = Date.now();
  dynamodb.take = async (operation) => {
    if (operation === undoing && Date.now() - started > 500) await sleep(200);
    return false;
  };
  return invoke(name, { body }, 2_200, recorded.requestContext);
};

// Lambda freezes a function that has answered: what it does after that may be done never.
test('a refresh that runs out of time has made its token good again when it answers', async () => {
  const { body } = await call(`${stack.apiUrl}/login`, { username: 'ada', password: 'right' });
  const before = await itemsOf('session#');
  for (const fail of [() => (cognito.take = () => true), () => (backend.state = 'hung')]) {
    fail();
    assert.equal(await runOutOfTime('refresh', { refreshToken: body.refreshToken }, 'PutItem'), 'timed_out');
    assert.deepEqual(await itemsOf('session#'), before);
  }
});

test('a login that runs out of time has taken its attempt back when it answers', async () => {
  backend.state = 'hung';
  const credentials = { username: 'bob', password: 'right' };
  assert.equal(await runOutOfTime('login', credentials, 'UpdateItem'), 'timed_out');
  const [pair] = (await itemsOf('attempts#pair')).filter(({ succeededAt }) => succeededAt === undefined);
  assert.equal(pair?.failures, 0);
});
