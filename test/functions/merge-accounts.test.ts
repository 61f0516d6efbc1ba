import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { setDisabled } from '../../lib/users.ts';
import { demoPassword } from '../../local/settings.ts';
import { newId, staffStack } from '../support/staff.ts';

const { ok, refused, newUser, table } = await staffStack();
const identityOf = async (developerUserIdentifier: string) =>
  (await ok('lookup', { query: { developerUserIdentifier } })).identityId;

test('with the credentials of both, the source becomes the destination', async () => {
  const [source, destination] = [await newUser(), await newUser()];
  const body = { source: source.credentials, destination: destination.credentials };
  assert.deepEqual(await ok('merge-accounts', { body }), {
    identityId: destination.identityId,
    sourceIdentityId: source.identityId,
    outcome: 'merged',
  });
  const { identityId } = destination;
  assert.equal((await ok('login', { body: source.credentials })).identityId, identityId);
  const again = { identityId, sourceIdentityId: identityId, outcome: 'already-merged' };
  assert.deepEqual(await ok('merge-accounts', { body }), again);
});

test("the source's sessions end, the destination's go on", async () => {
  const [source, destination] = [await newUser(), await newUser()];
  await ok('merge-accounts', {
    body: { source: source.credentials, destination: destination.credentials },
  });
  await refused('refresh', { body: { refreshToken: source.refreshToken } }, 'invalid_refresh_token');
  await ok('refresh', { body: { refreshToken: destination.refreshToken } });
});

test('a dry run says what would happen and changes nothing', async () => {
  const [source, destination] = [await newUser(), await newUser()];
  const body = { source: source.credentials, destination: destination.credentials, dryRun: true };
  assert.equal((await ok('merge-accounts', { body })).outcome, 'would-merge');
  assert.equal(await identityOf(source.userId), source.identityId);
  await ok('refresh', { body: { refreshToken: source.refreshToken } });
});

test('an account with itself stays as it is', async () => {
  const { credentials, identityId, refreshToken } = await newUser();
  const body = { source: credentials, destination: credentials };
  const { outcome, ...ids } = await ok('merge-accounts', { body });
  assert.deepEqual([outcome, ids], ['already-merged', { identityId, sourceIdentityId: identityId }]);
  await ok('refresh', { body: { refreshToken } });
});

test('a wrong password on either side, or a disabled user, merges nothing', async () => {
  const [one, other, gone] = [await newUser(), await newUser(), await newUser()];
  await setDisabled(table, gone.credentials.username, true);
  const wrong = { ...one.credentials, password: 'wrong' };
  const unknown = { username: newId(), password: demoPassword };
  const good = other.credentials;
  for (const [source, destination, named] of [
    [wrong, good, ['#/source']],
    [good, wrong, ['#/destination']],
    [gone.credentials, good, ['#/source']],
    [good, gone.credentials, ['#/destination']],
    [good, unknown, ['#/destination']],
    [wrong, unknown, ['#/source', '#/destination']],
  ] as const) {
    const body = { source, destination };
    assert.deepEqual((await refused('merge-accounts', { body }, 'invalid_credentials')).wrong, named);
  }
  for (const user of [one, other, gone]) assert.equal(await identityOf(user.userId), user.identityId);
});

test('guessing slows down here as it does at the login, on each side', async () => {
  const [one, other] = [await newUser(), await newUser()];
  const [source, destination] = [one, other].map(({ credentials }) => ({
    ...credentials,
    password: 'wrong',
  }));
  // Delays are counted in seconds: none passes here.
  mock.timers.enable({ apis: ['Date'], now: Date.now() });
  for (let time = 0; time < 3; time++)
    await refused('merge-accounts', { body: { source, destination } }, 'invalid_credentials');
  for (const { credentials } of [one, other]) {
    const { headers } = await refused('login', { body: credentials }, 'too_many_attempts');
    assert.ok(Number(headers.get('retry-after')) > 0);
  }
  mock.timers.reset();
});

test('what the login does not take is named where it is', async () => {
  const { credentials } = await newUser();
  const body = { source: { assertion: 'a.b.c' }, destination: credentials };
  const { wrong } = await refused('merge-accounts', { body }, 'invalid_request');
  assert.deepEqual(wrong, ['#/source/assertion']);
});

test('a stolen token of the other account is no proof of it: neither as a member nor as a header', async () => {
  const [thief, victim] = [await newUser(), await newUser()];
  const mine = thief.credentials;
  const { username } = victim.credentials;
  for (const theirs of [
    { assertion: victim.token },
    { assertion: victim.refreshToken },
    { refreshToken: victim.refreshToken },
    { token: victim.token },
    { username, password: victim.refreshToken },
    { identityId: victim.identityId },
    { developerUserIdentifier: victim.userId },
    undefined,
  ]) {
    const expected = theirs && 'password' in theirs ? 'invalid_credentials' : 'invalid_request';
    const { token } = victim;
    await refused('merge-accounts', { body: { source: theirs, destination: mine }, token }, expected);
    await refused('merge-accounts', { body: { source: mine, destination: theirs }, token }, expected);
  }
  assert.equal(await identityOf(victim.userId), victim.identityId);
  assert.equal(await identityOf(thief.userId), thief.identityId);
});

test('a user who never logged in has no identity to merge, and gets none', async () => {
  const user = await newUser();
  const { identityId, userId } = user;
  await ok('delete-identity', { params: { identityId }, body: { reason: 'r' } });
  const other = await newUser();
  const body = { source: user.credentials, destination: other.credentials };
  await refused('merge-accounts', { body }, 'identity_not_found');
  await refused('lookup', { query: { developerUserIdentifier: userId } }, 'identity_not_found');
});

const side = { username: 'a', password: 'b' };
const malformed: [name: string, body: object, wrong: string[]][] = [
  ['one side', { source: side }, ['#/destination']],
  ['half a side', { source: side, destination: { username: 'a' } }, ['#/destination/password']],
  ['a reason', { source: side, destination: side, reason: 'x' }, ['#/reason']],
  [
    'an id beside the credentials',
    { source: { ...side, userId: 'x' }, destination: side },
    ['#/source/userId'],
  ],
];
for (const [name, body, wrong] of malformed) {
  test(`${name}: 400 naming it`, async () => {
    assert.deepEqual((await refused('merge-accounts', { body }, 'invalid_request')).wrong, wrong);
  });
}
