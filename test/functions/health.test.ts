import assert from 'node:assert/strict';
import { afterEach, mock, test } from 'node:test';
import { DeleteTableCommand } from '@aws-sdk/client-dynamodb';
import { tableName } from '../../local/settings.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { staffStack } from '../support/staff.ts';

const { ok, refused, stack, table } = await staffStack();

/** The answer is remembered for ten seconds: these have passed. */
const later = () => {
  const now = Date.now();
  mock.timers.reset();
  mock.timers.enable({ apis: ['Date'], now: now + 11_000 });
};
afterEach(() => stack.cognito.faults.clear());

const healthy = { version: packageJson.version, table: 'ok', identityPool: 'ok' };

test('all is well', async () => {
  assert.deepEqual(await ok('health'), healthy);
});

test('anyone may ask, so that Cognito is asked once in ten seconds', async () => {
  stack.cognito.faults.add({ operation: 'DescribeIdentityPool', error: 'ResourceNotFoundException' });
  assert.deepEqual(await ok('health'), healthy);
});

test('a pool that is gone, or that does not answer: 503 naming it, and no word of why', async () => {
  for (const fault of [
    { error: 'ResourceNotFoundException' },
    { error: 'AccessDeniedException' },
    { drop: true },
  ] as const) {
    later();
    stack.cognito.faults.add({ operation: 'DescribeIdentityPool', ...fault });
    const { headers, text } = await refused('health', {}, 'unhealthy');
    assert.equal(JSON.parse(text).detail, 'What does not answer as it should: identityPool.');
    assert.ok(Number(headers.get('retry-after')) > 0);
    assert.ok(!text.includes('Exception') && !text.includes(stack.identityPoolId));
    stack.cognito.faults.clear();
  }
  later();
  assert.deepEqual(await ok('health'), healthy);
});

test('a table that is gone: 503 naming it, and both where both are gone', async () => {
  await table.client.send(new DeleteTableCommand({ TableName: tableName }));
  later();
  const { text: alone } = await refused('health', {}, 'unhealthy');
  assert.equal(JSON.parse(alone).detail, 'What does not answer as it should: table.');
  later();
  stack.cognito.faults.add({ operation: '*', error: 'InternalErrorException' });
  const { text } = await refused('health', {}, 'unhealthy');
  assert.equal(JSON.parse(text).detail, 'What does not answer as it should: table, identityPool.');
  assert.ok(!text.includes(tableName));
});

test('it takes no parameter', async () => {
  const { wrong } = await refused('health', { query: 'verbose=1' }, 'invalid_request');
  assert.deepEqual(wrong, ['query verbose']);
});
