import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { keys } from '../../lib/table.ts';
import { addUser, findUser } from '../../lib/users.ts';
import { demoPassword as password } from '../../local/settings.ts';
import { refused, sessionsOf, statusAndCode } from '../support/sessions.ts';
import { testStack } from '../support/stack.ts';

const stack = await testStack();
const { newUser, login, refresh, refreshed, table } = sessionsOf(stack);

/** Runs what `npm run users` runs. */
const users = async (...args: string[]) => {
  const env = { ...process.env, TABLE_NAME: '', DYNAMODB_PORT: new URL(stack.dynamodbUrl).port };
  const child = spawn(process.execPath, ['local/users.ts', ...args], {
    env: { ...env, NODE_V8_COVERAGE: '' },
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin.end(password);
  assert.deepEqual(await once(child, 'close'), [0, null]);
};

for (const command of ['disable', 'set-password']) {
  test(`${command} ends the sessions of that user on all devices`, async () => {
    const [user, other] = [await newUser(), await newUser()];
    const tokens = [await login(user.username), await login(user.username)];
    const kept = await login(other.username);
    await users(command, user.username);
    // Enabled again, the user has to log in again.
    await users('enable', user.username);
    for (const token of tokens) assert.deepEqual(statusAndCode(await refresh(token)), refused);
    await refreshed(kept);
    await refreshed(await login(user.username));
  });
}

test('a session that a login of the old password starts after all is over too', async () => {
  const { username } = await newUser();
  const token = await login(username);
  // As set-password leaves the user, with this session not found yet.
  await table.client.send(
    new UpdateCommand({
      TableName: table.name,
      Key: keys.user(username),
      UpdateExpression: 'SET generation = :next',
      ExpressionAttributeValues: { ':next': 'next' },
    }),
  );
  assert.deepEqual(statusAndCode(await refresh(token)), refused);
  await users('set-password', username);
  assert.notEqual((await findUser(table, username))?.generation, 'next');
  await refreshed(await login(username));
});

test('enable leaves sessions alone', async () => {
  const { username } = await newUser();
  const token = await login(username);
  await users('enable', username);
  await refreshed(token);
});

test('remove ends the sessions of that user on all devices, whoever has the name and the id then', async () => {
  const [user, other] = [await newUser(), await newUser()];
  const tokens = [await login(user.username), await login(user.username)];
  const kept = await login(other.username);
  await users('remove', user.username);
  await addUser(table, { username: user.username, password, userId: user.userId });
  for (const token of tokens) assert.deepEqual(statusAndCode(await refresh(token)), refused);
  await refreshed(kept);
});
