import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startFront } from '../support/front.ts';
import { newId, noIdentity, staffStack } from '../support/staff.ts';

const front = await startFront();
const { ok, refused, newIdentity, newUser, send, stack } = await staffStack({
  AWS_ENDPOINT_URL_COGNITO_IDENTITY: front.url,
});
front.target = stack.cognito.endpoint;
const reason = 'ticket 8';
const lookup = (developerUserIdentifier: string) => ok('lookup', { query: { developerUserIdentifier } });
const merge = (source: string, destination: string) =>
  ok('merge', { body: { sourceUserIdentifier: source, destinationUserIdentifier: destination, reason } });

test('the identifier goes, the others stay, and the user begins anew', async () => {
  const user = await newUser();
  const { identityId, userId } = await newIdentity();
  await merge(user.userId, userId);
  await ok('unlink', { body: { identityId, developerUserIdentifier: user.userId, reason } });
  assert.deepEqual(await ok('lookup', { query: { identityId } }), {
    identityId,
    developerUserIdentifiers: [userId],
  });
  await refused('lookup', { query: { developerUserIdentifier: user.userId } }, 'identity_not_found');
  const again = await ok('login', { body: user.credentials });
  assert.ok(![identityId, user.identityId].includes(again.identityId));
});

test("the unlinked user's sessions end, the others' go on", async () => {
  const [one, other] = [await newUser(), await newUser()];
  await merge(one.userId, other.userId);
  const { refreshToken } = await ok('login', { body: one.credentials });
  const { identityId } = other;
  await ok('unlink', { body: { identityId, developerUserIdentifier: one.userId, reason } });
  await refused('refresh', { body: { refreshToken } }, 'invalid_refresh_token');
  await ok('refresh', { body: { refreshToken: other.refreshToken } });
});

test('the last login stays, unless it is said that it may go', async () => {
  const user = await newUser();
  const body = { identityId: user.identityId, developerUserIdentifier: user.userId, reason };
  await refused('unlink', { body }, 'last_login');
  await refused('unlink', { body: { ...body, allowLastLogin: false } }, 'last_login');
  assert.equal((await lookup(user.userId)).identityId, user.identityId);
  await ok('refresh', { body: { refreshToken: user.refreshToken } });

  await ok('unlink', { body: { ...body, allowLastLogin: true } });
  await refused('lookup', { query: { developerUserIdentifier: user.userId } }, 'identity_not_found');
  await refused('account', { token: user.token }, 'identity_disabled');
  // It is disabled now.
  await refused('unlink', { body: { ...body, allowLastLogin: true } }, 'identity_disabled');
});

test('a pair that does not belong together, or is not there', async () => {
  const [one, other] = [await newIdentity(), await newIdentity()];
  const body = {
    identityId: one.identityId,
    developerUserIdentifier: other.userId,
    reason,
    allowLastLogin: true,
  };
  await refused('unlink', { body }, 'identity_mismatch');
  await refused('unlink', { body: { ...body, developerUserIdentifier: newId() } }, 'identity_mismatch');
  await refused('unlink', { body: { ...body, identityId: noIdentity } }, 'identity_not_found');
  assert.equal((await lookup(other.userId)).identityId, other.identityId);
  assert.deepEqual(await ok('audit', { params: { identityId: one.identityId } }), { entries: [] });
});

test('two at once do not take the last two logins', async () => {
  const ids = [newId(), newId()];
  const { identityId } = await newIdentity(...ids);
  stack.cognito.faults.add({ operation: 'UnlinkDeveloperIdentity', delay: 500, count: 2 });
  const answers = await Promise.all(
    ids.map((developerUserIdentifier) =>
      send('unlink', { body: { identityId, developerUserIdentifier, reason } }),
    ),
  );
  stack.cognito.faults.clear();
  assert.deepEqual(answers.map(({ status }) => status).sort(), [204, 409]);
  assert.equal((await ok('lookup', { query: { identityId } })).developerUserIdentifiers.length, 1);
});

test('sent twice at once it is not refused for the login that is left', async () => {
  const [userId, other] = [newId(), newId()];
  const { identityId } = await newIdentity(userId, other);
  const body = { identityId, developerUserIdentifier: userId, reason };
  const [second, done] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let describes = 0;
  front.take = async (operation) => {
    // The first goes on once the second has seen both logins, and that one once the first is done.
    if (operation === 'UnlinkDeveloperIdentity') await second.promise;
    if (operation === 'DescribeIdentity' && ++describes === 2) {
      second.resolve();
      await done.promise;
    }
    return false;
  };
  const answers = [send('unlink', { body }), send('unlink', { body })];
  await Promise.race(answers);
  done.resolve();
  for (const { status } of await Promise.all(answers)) assert.equal(status, 204);
  front.take = undefined;
  const { entries } = await ok('audit', { params: { identityId } });
  assert.deepEqual(
    entries.map(({ outcome }) => outcome),
    ['done'],
  );
});

test('sent twice at once it happens once, and both callers hear of it', async () => {
  const ids = [newId(), newId(), newId()];
  const { identityId } = await newIdentity(...ids);
  const body = { identityId, developerUserIdentifier: ids[1], reason };
  const answers = await Promise.all([send('unlink', { body }), send('unlink', { body })]);
  // The second finds the first's work going on, or done.
  assert.ok(answers.every(({ status }) => status === 204 || status === 409));
  assert.ok(answers.some(({ status }) => status === 204));
  const { developerUserIdentifiers } = await ok('lookup', { query: { identityId } });
  assert.deepEqual(developerUserIdentifiers, [ids[0], ids[2]]);
});

const good = { identityId: noIdentity, developerUserIdentifier: 'a', reason };
const malformed: [name: string, body: object, wrong: string[]][] = [
  ['nothing', {}, ['#/identityId', '#/developerUserIdentifier', '#/reason']],
  ['an identity id of another form', { ...good, identityId: 'us-east-1:XYZ' }, ['#/identityId']],
  [
    'an over-long identifier',
    { ...good, developerUserIdentifier: 'é'.repeat(1_025) },
    ['#/developerUserIdentifier'],
  ],
  ['a flag in words', { ...good, allowLastLogin: 'true' }, ['#/allowLastLogin']],
  ['another provider', { ...good, developerProviderName: 'x' }, ['#/developerProviderName']],
];
for (const [name, body, wrong] of malformed) {
  test(`${name}: 400 naming it`, async () => {
    assert.deepEqual((await refused('unlink', { body }, 'invalid_request')).wrong, wrong);
  });
}
