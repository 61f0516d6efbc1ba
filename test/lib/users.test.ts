import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { hashPassword, verifyPassword } from '../../lib/password.ts';
import { openTable } from '../../lib/table.ts';
import {
  addUser,
  findUser,
  listUsers,
  normalizeUsername,
  setPassword,
  upgradePasswordHash,
} from '../../lib/users.ts';
import { startDynamoDB } from '../../local/dynamodb.ts';
import { region, tableName, useLocalCredentials } from '../../local/settings.ts';

useLocalCredentials();
const dynamodb = await startDynamoDB({ port: 0, data: undefined });
const table = openTable(tableName, region, dynamodb.url);
after(() => dynamodb.close());

const password = 'long enough, and then some';

test('one user, however the name is typed', async () => {
  const { username } = await addUser(table, { username: 'Ｊosé', password });
  assert.equal(username, 'josé');
  for (const name of ['JOSE\u0301', 'josé', 'ｊosé']) assert.ok(await findUser(table, name), name);
  await assert.rejects(addUser(table, { username: 'JOSÉ', password }), /There is a user josé already/);
});

test('a name or password that no login could give is refused', async () => {
  // 18 letters each once they are normalised: over 8 KB, more than a key of DynamoDB can have.
  const expanding = '\ufdfa'.repeat(256);
  assert.ok(Buffer.byteLength(normalizeUsername(expanding)) > 2_048);
  for (const username of ['x'.repeat(257), expanding]) {
    await assert.rejects(addUser(table, { username, password }), /The username is too long/);
  }
  const long = addUser(table, { username: 'ida', password: 'x'.repeat(1_025) });
  await assert.rejects(long, /The password is too long/);
  await addUser(table, { username: 'x'.repeat(256), password: 'x'.repeat(1_024) });
});

test('a name that looks like another is refused', async () => {
  for (const username of [
    'al\u200bice',
    'alice\u0007',
    '\u202ealice',
    ' alice',
    'alice\u00a0',
    '\ufeffalice',
    // Marks and letters that have no look: a variation selector, a joiner, fillers, vowels that are never shown.
    ...['\ufe0f', '\u{e0100}', '\u034f', '\u3164', '\u115f', '\u17b4', '\u180b'].map(
      (none) => `ali${none}ce`,
    ),
  ]) {
    const adding = addUser(table, { username, password });
    await assert.rejects(adding, /invisible characters/, JSON.stringify(username));
  }
  await addUser(table, { username: 'alice of the north', password });
});

test('nobody is called what no key can hold, and the table is not asked', async () => {
  assert.equal(await findUser(table, '\ufdfa'.repeat(256)), undefined);
});

test('a password that was changed meanwhile is not overwritten by a newer hash of the old one', async () => {
  const read = await addUser(table, { username: 'grace', password });
  const newPassword = 'another one, as long';
  await setPassword(table, 'grace', newPassword);
  await upgradePasswordHash(table, read, await hashPassword(password));
  const { passwordHash = '' } = (await findUser(table, 'grace')) ?? {};
  assert.equal(await verifyPassword(newPassword, passwordHash), true);
});

test('a new password that no login could give is refused, and the old one stays', async () => {
  await addUser(table, { username: 'heidi', password });
  await assert.rejects(setPassword(table, 'heidi', 'x'.repeat(1_025)), /The password is too long/);
  const { passwordHash = '' } = (await findUser(table, 'heidi')) ?? {};
  assert.equal(await verifyPassword(password, passwordHash), true);
});

test('a list of users has the users only', async () => {
  const users = await Array.fromAsync(listUsers(table));
  assert.ok(users.some(({ username }) => username === 'grace'));
  assert.ok(users.every(({ userId }) => userId));
});
