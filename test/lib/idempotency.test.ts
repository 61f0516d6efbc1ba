import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { type Route, routes } from '../../lib/contract.ts';
import { setPassword } from '../../lib/users.ts';
import { demoPassword, tableName } from '../../local/settings.ts';
import { newId, type RouteName, type Sent, staffStack } from '../support/staff.ts';

const { ok, refused, send, newIdentity, newUser, issuer, stack, table } = await staffStack();
const { faults } = stack.cognito;
afterEach(() => faults.clear());
const reason = 'ticket 7';
const newKey = () => ({ 'idempotency-key': crypto.randomUUID() });
const mergeOf = (source: { userId: string }, destination: { userId: string }) => ({
  sourceUserIdentifier: source.userId,
  destinationUserIdentifier: destination.userId,
  reason,
});
const entriesOf = async (identityId: string) => (await ok('audit', { params: { identityId } })).entries;
const stored = async () => {
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: tableName }));
  return Items.filter(({ pk }) => pk.startsWith('idempotency#'));
};

interface Case {
  name: RouteName;
  sent: Sent;
  /** The same request with something else in it. */
  other: Sent;
  /** What it answers where it is sent again under no key: proof that the first answer was kept. */
  withoutKey: Parameters<typeof refused>[2] | 'already-merged' | undefined;
}

const cases: (() => Promise<Case>)[] = [
  async () => {
    const sent = { body: mergeOf(await newIdentity(), await newIdentity()) };
    const other = { body: { ...sent.body, reason: 'another' } };
    return { name: 'merge', sent, other, withoutKey: 'already-merged' };
  },
  async () => {
    const { identityId, userId } = await newIdentity(newId(), newId());
    const body = { identityId, developerUserIdentifier: userId, reason };
    const other = { body: { ...body, allowLastLogin: true } };
    return { name: 'unlink', sent: { body }, other, withoutKey: 'identity_mismatch' };
  },
  async () => {
    const params = { identityId: (await newIdentity()).identityId };
    const other = { params: { identityId: (await newIdentity()).identityId }, body: { reason } };
    return {
      name: 'delete-identity',
      sent: { params, body: { reason } },
      other,
      withoutKey: 'identity_not_found',
    };
  },
  async () => {
    const sent = { params: { developerUserIdentifier: (await newIdentity()).userId } };
    const other = { params: { developerUserIdentifier: (await newIdentity()).userId } };
    return { name: 'end-sessions', sent, other, withoutKey: undefined };
  },
  async () => {
    const [source, destination, third] = [await newUser(), await newUser(), await newUser()];
    const body = { source: source.credentials, destination: destination.credentials };
    const other = { body: { ...body, source: third.credentials } };
    return { name: 'merge-accounts', sent: { body }, other, withoutKey: 'already-merged' };
  },
  async () => {
    const [one, other] = [await newUser(), await newUser()];
    await ok('merge', { body: mergeOf(other, one) });
    const body = { credentials: one.credentials, developerUserIdentifier: other.userId };
    return {
      name: 'unlink-account',
      sent: { body },
      other: { body: { ...body, developerUserIdentifier: one.userId } },
      withoutKey: 'identity_mismatch',
    };
  },
];
const tested: string[] = [];
for (const prepare of cases) {
  test(`sent again under its key: case ${cases.indexOf(prepare) + 1}`, async (t) => {
    const { name, sent, other, withoutKey } = await prepare();
    t.diagnostic(name);
    tested.push(name);
    const headers = newKey();
    const first = await send(name, { ...sent, headers });
    assert.ok(first.status < 300, first.text);
    const again = await send(name, { ...sent, headers });
    assert.deepEqual([again.status, again.text], [first.status, first.text]);
    await refused(name, { ...other, headers }, 'idempotency_key_reused');
    if (!withoutKey) return;
    if (withoutKey !== 'already-merged') await refused(name, sent, withoutKey);
    else assert.match((await send(name, sent)).text, /"already-merged"/);
  });
}

test('each route that takes a key is among them', () => {
  const all: Route[] = Object.values(routes);
  const idempotent = all.filter((route) => route.idempotent).map((route) => route.name);
  assert.deepEqual(tested.sort(), idempotent.sort());
});

test('two at once run once', async () => {
  const [source, destination] = [await newIdentity(), await newIdentity()];
  const sent = { body: mergeOf(source, destination), headers: newKey() };
  faults.add({ operation: 'MergeDeveloperIdentities', delay: 700, count: 1 });
  const first = ok('merge', sent);
  for (let waits = 0; waits < 1_000 && faults.list().length > 0; waits++) await sleep(5);
  const { headers } = await refused('merge', sent, 'idempotency_in_progress');
  assert.equal(headers.get('retry-after'), '1');
  assert.equal((await first).outcome, 'merged');
  assert.equal((await ok('merge', sent)).outcome, 'merged');
  assert.equal((await entriesOf(source.identityId)).length, 1);
});

test('what failed is not remembered: the key may be used again', async () => {
  const [source, destination] = [await newIdentity(), await newIdentity()];
  const sent = { body: mergeOf(source, destination), headers: newKey() };
  faults.add({ operation: 'MergeDeveloperIdentities', error: 'InternalErrorException' });
  await refused('merge', sent, 'cognito_unavailable');
  faults.clear();
  assert.equal((await ok('merge', sent)).outcome, 'merged');
});

test("a key is its caller's and its route's: nobody else gets the answer that is kept under it", async () => {
  const [one, other] = [await newIdentity(newId(), newId()), await newIdentity()];
  const headers = newKey();
  await ok('merge', { body: mergeOf(one, other), headers });
  const dave = await issuer.token({ sub: 'dave' });
  assert.equal(
    (await ok('merge', { body: mergeOf(one, other), headers, token: dave })).outcome,
    'already-merged',
  );
  const body = { identityId: other.identityId, developerUserIdentifier: one.userId, reason };
  await ok('unlink', { body, headers });
  const left = await ok('lookup', { query: { identityId: other.identityId } });
  assert.ok(!left.developerUserIdentifiers.includes(one.userId));
});

test('a key is asked for after the credentials are: it opens nothing', async () => {
  const [source, destination] = [await newUser(), await newUser()];
  const headers = newKey();
  const body = { source: source.credentials, destination: destination.credentials };
  await ok('merge-accounts', { body, headers });
  const wrong = { ...body, source: { ...source.credentials, password: 'wrong' } };
  await refused('merge-accounts', { body: wrong, headers }, 'invalid_credentials');
  const { token } = source;
  await refused('merge', { body: mergeOf(source, destination), headers, token }, 'unauthorized');
});

test('what tells two requests apart is not the password, nor a fast hash of it: it may change between them', async () => {
  const [source, destination] = [await newUser(), await newUser()];
  const headers = newKey();
  const body = { source: source.credentials, destination: destination.credentials };
  const first = await ok('merge-accounts', { body, headers });
  const password = 'another long password';
  await setPassword(table, source.credentials.username, password);
  const again = { ...body, source: { ...source.credentials, password } };
  assert.deepEqual(await ok('merge-accounts', { body: again, headers }), first);
});

test('a dry run neither uses a key up nor takes an answer for its own', async () => {
  const [source, destination] = [await newIdentity(), await newIdentity()];
  const headers = newKey();
  const body = mergeOf(source, destination);
  assert.equal((await ok('merge', { body: { ...body, dryRun: true }, headers })).outcome, 'would-merge');
  assert.equal((await ok('merge', { body, headers })).outcome, 'merged');
  assert.equal((await ok('merge', { body: { ...body, dryRun: true }, headers })).outcome, 'already-merged');
});

test('what is stored holds no password, no token and no name, and expires', async () => {
  const [source, destination] = [await newUser(), await newUser()];
  const body = { source: source.credentials, destination: destination.credentials };
  await ok('merge-accounts', { body, headers: newKey() });
  const items = await stored();
  assert.ok(items.length > 0);
  const text = JSON.stringify(items);
  const secrets = [source, destination].flatMap((user) => [
    user.token,
    user.refreshToken,
    user.credentials.username,
  ]);
  for (const secret of [demoPassword, ...secrets]) assert.ok(!text.includes(secret));
  const now = Date.now() / 1000;
  assert.ok(items.every(({ expiresAt }) => expiresAt > now && expiresAt <= now + 86_401));
});
