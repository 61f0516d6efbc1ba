import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { DeleteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { decodeJwt } from 'jose';
import { keys } from '../../lib/table.ts';
import { addUser, setDisabled, setPassword } from '../../lib/users.ts';
import { demoPassword as password, tableName } from '../../local/settings.ts';
import { verify } from '../support/cognito.ts';
import { frozenClock, refused, sessionsOf, statusAndCode, tagsOf } from '../support/sessions.ts';
import { testStack } from '../support/stack.ts';

const inactivity = 3_600;
const lifetime = 10_000;
const stack = await testStack({
  PRINCIPAL_TAGS: 'role',
  SESSION_INACTIVITY_SECONDS: String(inactivity),
  SESSION_LIFETIME_SECONDS: String(lifetime),
  REFRESH_RETRY_SECONDS: '10',
});
const { cognito, identityPoolId } = stack;
const { table, login, refresh, refreshed, newUser, items } = sessionsOf(stack);
const openIdToken = 'GetOpenIdTokenForDeveloperIdentity';
afterEach(() => cognito.faults.clear());

const idOf = (refreshToken: string) => refreshToken.split('.')[0] ?? '';
const newSession = async () => login((await newUser()).username);
const assertRefused = async (refreshToken: string) =>
  assert.deepEqual(statusAndCode(await refresh(refreshToken)), refused);
const assertEnded = async (refreshToken: string) => {
  await assertRefused(refreshToken);
  const { pk } = keys.session(idOf(refreshToken));
  assert.ok(!(await items()).some((item) => item.pk === pk));
};

test('a refresh answers as a login does: a Cognito token of the same identity, and the next refresh token', async () => {
  const { username, userId } = await newUser({ role: 'editor' });
  const first = await login(username);
  const { status, headers, body } = await refresh(first);
  assert.deepEqual([status, headers.get('cache-control')], [200, 'no-store']);
  const { token = '', refreshToken = '', identityId } = body;
  const claims = await verify(cognito.endpoint, identityPoolId, token);
  assert.equal(claims.sub, identityId);
  assert.ok((claims.amr as string[]).at(-1)?.endsWith(`:${userId}`));
  assert.deepEqual(tagsOf(token), { role: 'editor' });
  assert.notEqual(refreshToken, first);
  assert.equal(idOf(refreshToken), idOf(first));
  await refreshed(refreshToken);
});

test('a lost answer can be asked for again: the same next token, and the session goes on', async (t) => {
  const clock = frozenClock(t);
  const first = await newSession();
  const second = await refreshed(first);
  clock.advance(9);
  assert.equal(await refreshed(first), second);
  assert.equal(await refreshed(first), second);
  await refreshed(second);
});

test('a used token that comes back after the window ends the session, for the newest token too', async (t) => {
  const clock = frozenClock(t);
  const first = await newSession();
  const second = await refreshed(first);
  clock.advance(10);
  await assertEnded(first);
  await assertRefused(second);
});

test('asking again does not stretch the window', async (t) => {
  const clock = frozenClock(t);
  const first = await newSession();
  await refreshed(first);
  clock.advance(9);
  await refreshed(first);
  clock.advance(1);
  await assertEnded(first);
});

test('a token two generations old ends the session at once', async () => {
  const first = await newSession();
  const third = await refreshed(await refreshed(first));
  await assertEnded(first);
  await assertRefused(third);
});

test('two at once get the same next token, and both can go on with it', async () => {
  const first = await newSession();
  const answers = await Promise.all([1, 2, 3, 4].map(() => refreshed(first)));
  assert.equal(new Set(answers).size, 1);
  const third = await Promise.all(answers.slice(0, 2).map((token) => refreshed(token)));
  assert.equal(new Set(third).size, 1);
});

test('no garbage opens anything, nor ends a session', async () => {
  const token = await newSession();
  const [id, secret] = token.split('.');
  for (const garbage of [
    '.',
    'a.b',
    id,
    `${id}.`,
    `${token}x`,
    `${token}\n`,
    ` ${token}`,
    `${id}${secret}`,
    `${'A'.repeat(22)}.${secret}`,
    `user#alice.${secret}`,
    // An id alone is no token: who knows it from elsewhere can't end the session.
    `${id}.${'A'.repeat(65)}`,
  ]) {
    await assertRefused(String(garbage));
  }
  await refreshed(token);
});

test('a session that is not refreshed ends, though DynamoDB has not deleted it', async (t) => {
  const clock = frozenClock(t);
  const token = await newSession();
  const { body } = await refresh(token);
  assert.equal(Date.parse(body.refreshTokenExpiresAt ?? ''), Date.now() + inactivity * 1000);
  clock.advance(inactivity - 1);
  const next = await refreshed(body.refreshToken ?? '');
  clock.advance(inactivity);
  await assertRefused(next);
  await assertRefused(next);
});

test('a session ends at last however often it is refreshed, when it said it would', async (t) => {
  const clock = frozenClock(t);
  const start = Date.now();
  let token = await newSession();
  for (let elapsed = 0; elapsed + 3_000 < lifetime; elapsed += 3_000) {
    clock.advance(3_000);
    const { body } = await refresh(token);
    const expected = Math.min(Date.now() + inactivity * 1000, start + lifetime * 1000);
    assert.equal(Date.parse(body.refreshTokenExpiresAt ?? ''), expected);
    token = body.refreshToken ?? '';
  }
  clock.advance(999);
  token = await refreshed(token);
  clock.advance(1);
  await assertRefused(token);
});

test('the expiry that an answer asked for again states is still true', async (t) => {
  const clock = frozenClock(t);
  const first = await newSession();
  const { body } = await refresh(first);
  clock.advance(5);
  assert.equal((await refresh(first)).body.refreshTokenExpiresAt, body.refreshTokenExpiresAt);
});

test('a user disabled behind the sessions is refused, and their session ends', async () => {
  const { username } = await newUser();
  const token = await login(username);
  const set = (disabled: boolean) =>
    table.client.send(
      new UpdateCommand({
        TableName: tableName,
        Key: keys.user(username),
        UpdateExpression: 'SET disabled = :disabled',
        ExpressionAttributeValues: { ':disabled': disabled },
      }),
    );
  await set(true);
  await assertRefused(token);
  await set(false);
  await assertEnded(token);
});

test("disabling a user or giving a new password ends the user's sessions, and nobody else's", async () => {
  for (const change of [setPassword, setDisabled]) {
    const [user, other] = [await newUser(), await newUser()];
    const tokens = [await login(user.username), await login(user.username)];
    const kept = await login(other.username);
    if (change === setPassword) await setPassword(table, user.username, password);
    else await setDisabled(table, user.username, true);
    await setDisabled(table, user.username, false);
    for (const token of tokens) await assertEnded(token);
    await refreshed(kept);
  }
});

test('whoever gets the name of a user who is gone does not get their session', async () => {
  const { username } = await newUser();
  const token = await login(username);
  await table.client.send(new DeleteCommand({ TableName: tableName, Key: keys.user(username) }));
  await addUser(table, { username, password });
  await assertEnded(token);
});

test('attributes that have changed are in the next Cognito token', async () => {
  const { username } = await newUser({ role: 'editor' });
  const token = await login(username);
  await table.client.send(
    new UpdateCommand({
      TableName: tableName,
      Key: keys.user(username),
      UpdateExpression: 'SET attributes = :attributes',
      ExpressionAttributeValues: { ':attributes': { role: 'reader', other: 'x' } },
    }),
  );
  assert.deepEqual(tagsOf((await refresh(token)).body.token), { role: 'reader' });
});

test('a Cognito token lives as long as at the login, up to a cap that was lowered since', async () => {
  const token = await newSession();
  const lifetimeOf = ({ iat = 0, exp = 0 }) => exp - iat;
  const first = await refresh(token);
  assert.equal(lifetimeOf(decodeJwt(first.body.token ?? '')), 900);
  await table.client.send(
    new UpdateCommand({
      TableName: tableName,
      Key: keys.session(idOf(token)),
      UpdateExpression: 'SET durationSeconds = :longer',
      ExpressionAttributeValues: { ':longer': 86_400 },
    }),
  );
  const second = await refresh(first.body.refreshToken ?? '');
  assert.equal(lifetimeOf(decodeJwt(second.body.token ?? '')), 3_600);
});

for (const error of [
  'InternalErrorException',
  'TooManyRequestsException',
  'NotAuthorizedException',
] as const) {
  test(`Cognito's ${error} logs nobody out, however late they come back`, async (t) => {
    const clock = frozenClock(t);
    const first = await newSession();
    cognito.faults.add({ operation: openIdToken, error });
    for (let times = 0; times < 3; times++) {
      assert.ok((await refresh(first)).status >= 500);
      clock.advance(600);
    }
    cognito.faults.clear();
    const second = await refreshed(first);
    // Only now it is used.
    clock.advance(10);
    await assertEnded(first);
    await assertRefused(second);
  });
}

test('an outage while a lost answer is asked for again changes nothing either', async (t) => {
  frozenClock(t);
  const first = await newSession();
  const second = await refreshed(first);
  cognito.faults.add({ operation: openIdToken, error: 'InternalErrorException' });
  assert.equal((await refresh(first)).status, 503);
  cognito.faults.clear();
  assert.equal(await refreshed(first), second);
  await refreshed(second);
});

test('a refresh that fails leaves all as it was: the token before gets the same one again too', async (t) => {
  frozenClock(t);
  const first = await newSession();
  const second = await refreshed(first);
  const before = await items();
  cognito.faults.add({ operation: openIdToken, error: 'InternalErrorException' });
  assert.equal((await refresh(second)).status, 503);
  assert.deepEqual(await items(), before);
  cognito.faults.clear();
  assert.equal(await refreshed(first), second);
  await refreshed(second);
});

test('a refresh that fails takes nothing from one that got the next token meanwhile', async () => {
  const first = await newSession();
  // The first of the two fails, late; the second succeeds before that.
  cognito.faults.add({ operation: openIdToken, error: 'NotAuthorizedException', delay: 500, count: 1 });
  const failing = refresh(first);
  while (cognito.faults.list().length > 0) await sleep(5);
  const second = await refreshed(first);
  assert.equal((await failing).status, 500);
  await refreshed(second);
});

test('a refresh gets a token that is good, also when the one that it was to get is taken back', async () => {
  const first = await newSession();
  cognito.faults.add({ operation: openIdToken, error: 'NotAuthorizedException', delay: 300, count: 1 });
  const failing = refresh(first);
  while (cognito.faults.list().length > 0) await sleep(5);
  // It asks again within the window, and is answered when the first has failed.
  cognito.faults.add({ operation: openIdToken, delay: 600, count: 1 });
  const second = refreshed(first);
  assert.equal((await failing).status, 500);
  await refreshed(await second);
});

test('the table holds no refresh token, no secret and no password', async () => {
  const first = await newSession();
  const second = await refreshed(first);
  const stored = JSON.stringify(await items());
  assert.ok(stored.includes(idOf(first)));
  for (const secret of [first, second].map((token) => token.split('.')[1] ?? '')) {
    assert.ok(secret.length === 65 && !stored.includes(secret));
  }
  assert.ok(!stored.includes(password));
});
