import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId, staffStack } from '../support/staff.ts';

const { ok, refused, newUser } = await staffStack();
const identifiersOf = async (identityId: string) =>
  (await ok('lookup', { query: { identityId } })).developerUserIdentifiers;

/** Two users who share the second's identity. */
const newPair = async () => {
  const [one, other] = [await newUser(), await newUser()];
  await ok('merge-accounts', { body: { source: one.credentials, destination: other.credentials } });
  return [one, { ...other, ...(await ok('login', { body: other.credentials })) }] as const;
};

test("another login of one's own goes, with its sessions", async () => {
  const [one, other] = await newPair();
  const { refreshToken } = await ok('login', { body: one.credentials });
  const body = { credentials: other.credentials, developerUserIdentifier: one.userId };
  await ok('unlink-account', { body });
  assert.deepEqual(await identifiersOf(other.identityId), [other.userId]);
  await refused('refresh', { body: { refreshToken } }, 'invalid_refresh_token');
  await ok('refresh', { body: { refreshToken: other.refreshToken } });
  assert.notEqual((await ok('login', { body: one.credentials })).identityId, other.identityId);
  const { entries } = await ok('audit', { params: { identityId: other.identityId } });
  assert.deepEqual([entries[0]?.action, entries[0]?.actor], ['identity.unlinked', `user:${other.userId}`]);
});

test('the login that is used now can go too, while there is another', async () => {
  const [one, other] = await newPair();
  await ok('unlink-account', {
    body: { credentials: one.credentials, developerUserIdentifier: one.userId },
  });
  assert.deepEqual(await identifiersOf(other.identityId), [other.userId]);
});

test('the last login stays, whatever is asked for', async () => {
  const { credentials, userId, identityId, refreshToken } = await newUser();
  const body = { credentials, developerUserIdentifier: userId };
  await refused('unlink-account', { body }, 'last_login');
  const { wrong } = await refused(
    'unlink-account',
    { body: { ...body, allowLastLogin: true } },
    'invalid_request',
  );
  assert.deepEqual(wrong, ['#/allowLastLogin']);
  assert.deepEqual(await identifiersOf(identityId), [userId]);
  await ok('refresh', { body: { refreshToken } });
});

test("somebody else's login stays, and nobody learns whether there is one", async () => {
  const [{ credentials }, victim] = [await newUser(), await newUser()];
  const answers = [];
  for (const developerUserIdentifier of [victim.userId, newId()]) {
    const { text, requestId } = await refused(
      'unlink-account',
      { body: { credentials, developerUserIdentifier } },
      'identity_mismatch',
    );
    answers.push(text.replace(requestId, ''));
  }
  assert.equal(answers[0], answers[1]);
  assert.deepEqual(await identifiersOf(victim.identityId), [victim.userId]);
  await ok('refresh', { body: { refreshToken: victim.refreshToken } });
});

test('it takes fresh credentials: a stolen token does not do', async () => {
  const [one, victim] = await newPair();
  const { token, refreshToken, credentials } = victim;
  const { username } = credentials;
  const developerUserIdentifier = one.userId;
  for (const stolen of [{ assertion: token }, { refreshToken }, {}, undefined])
    await refused(
      'unlink-account',
      { token, body: { credentials: stolen, developerUserIdentifier } },
      'invalid_request',
    );
  for (const password of [refreshToken, 'wrong'])
    await refused(
      'unlink-account',
      { token, body: { credentials: { username, password }, developerUserIdentifier } },
      'invalid_credentials',
    );
  assert.equal((await identifiersOf(victim.identityId)).length, 2);
});

test('a user whose identity is gone: 404, and no new one', async () => {
  const { credentials, userId, identityId } = await newUser();
  await ok('delete-identity', { params: { identityId }, body: { reason: 'r' } });
  const body = { credentials, developerUserIdentifier: userId };
  await refused('unlink-account', { body }, 'identity_not_found');
  await refused('lookup', { query: { developerUserIdentifier: userId } }, 'identity_not_found');
});
