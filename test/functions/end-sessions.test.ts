import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId, staffStack } from '../support/staff.ts';

const { ok, refused, newUser } = await staffStack();

test('every session of the user ends, those of others go on, and they can log in again', async () => {
  const [user, other] = [await newUser(), await newUser()];
  const second = await ok('login', { body: user.credentials });
  await ok('end-sessions', { params: { developerUserIdentifier: user.userId } });
  for (const { refreshToken } of [user, second])
    await refused('refresh', { body: { refreshToken } }, 'invalid_refresh_token');
  await ok('refresh', { body: { refreshToken: other.refreshToken } });
  const { refreshToken } = await ok('login', { body: user.credentials });
  await ok('refresh', { body: { refreshToken } });
});

test('it is on record under the identity, with the reason if there is one', async () => {
  const { identityId, userId } = await newUser();
  const params = { developerUserIdentifier: userId };
  await ok('end-sessions', { params, body: { reason: 'her phone was stolen' } });
  await ok('end-sessions', { params, body: {} });
  await ok('end-sessions', { params });
  const { entries } = await ok('audit', { params: { identityId } });
  assert.deepEqual(
    entries.map(({ at: _, requestId: __, ...entry }) => entry),
    [{}, {}, { reason: 'her phone was stolen' }].map((said) => ({
      identityId,
      developerUserIdentifier: userId,
      action: 'sessions.ended',
      actor: 'staff:carol',
      outcome: 'done',
      ...said,
    })),
  );
});

test('a user who has none, or was never here, has none afterwards, and gets no identity', async () => {
  const developerUserIdentifier = newId();
  await ok('end-sessions', { params: { developerUserIdentifier } });
  await refused('lookup', { query: { developerUserIdentifier } }, 'identity_not_found');
});

test('a body of anything else: 400 naming it, and no session ends', async () => {
  const { userId, refreshToken } = await newUser();
  const params = { developerUserIdentifier: userId };
  for (const [body, wrong] of [
    [{ reason: '' }, ['#/reason']],
    [{ reason: 'r', everywhere: true }, ['#/everywhere']],
    ['null', ['#']],
    ['""', ['#']],
    ['[]', ['#']],
  ] as const) {
    assert.deepEqual((await refused('end-sessions', { params, body }, 'invalid_request')).wrong, wrong);
  }
  await ok('refresh', { body: { refreshToken } });
});

test('an over-long identifier, or a query: 400 naming it', async () => {
  const params = { developerUserIdentifier: 'x'.repeat(1_025) };
  const { wrong } = await refused('end-sessions', { params }, 'invalid_request');
  assert.deepEqual(wrong, ['path developerUserIdentifier']);
  const sent = { params: { developerUserIdentifier: 'x' }, query: 'everywhere=true' };
  assert.deepEqual((await refused('end-sessions', sent, 'invalid_request')).wrong, ['query everywhere']);
});
