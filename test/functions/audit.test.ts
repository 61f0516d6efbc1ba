import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { PutCommand } from '@aws-sdk/lib-dynamodb';
import { openTable } from '../../lib/table.ts';
import { auditTableName, demoPassword, region } from '../../local/settings.ts';
import { newId, noIdentity, staffStack, unless } from '../support/staff.ts';

const told: { 'detail-type': string; detail: Record<string, unknown> }[] = [];
const { ok, refused, newIdentity, newUser, issuer, send, stack } = await staffStack(
  {},
  { tell: (event) => told.push(event as (typeof told)[number]) },
);
const read = (identityId: string, query: Record<string, string> = {}) =>
  ok('audit', { params: { identityId }, query });

/** The events about an identity, once the first of a kind is there. They come twice a second; a wait in vain ends. */
const announced = async (kind: string, identityId: string) => {
  const isIt = (event: (typeof told)[number]) =>
    event['detail-type'] === kind && event.detail.identityId === identityId;
  for (let waits = 0; waits < 500 && !told.some(isIt); waits++) await sleep(20);
  assert.ok(told.some(isIt), `${kind} was not announced`);
  return told.filter(({ detail }) => Object.values(detail).includes(identityId));
};

test('a merge is on record under both identities: who, what, when, why, and how it went', async () => {
  const before = Date.now();
  const [source, destination] = [await newIdentity(), await newIdentity()];
  const body = {
    sourceUserIdentifier: source.userId,
    destinationUserIdentifier: destination.userId,
    reason: 'ticket 7: "two accounts", says Zoë',
  };
  const { headers } = await send('merge', { body, token: await issuer.token({ sub: 'dave' }) });
  const entry = {
    action: 'identity.merged',
    actor: 'staff:dave',
    reason: body.reason,
    outcome: 'done',
    requestId: headers.get('x-request-id'),
  };
  const ids = { sourceIdentityId: source.identityId, destinationIdentityId: destination.identityId };
  for (const one of [source, destination]) {
    const { entries } = await read(one.identityId);
    const [{ at, ...rest }] = [unless(entries[0])];
    assert.ok(Date.parse(at) >= before && Date.parse(at) <= Date.now());
    assert.deepEqual(rest, {
      ...entry,
      ...ids,
      identityId: one.identityId,
      developerUserIdentifier: one.userId,
    });
    assert.equal(entries.length, 1);
  }
  // Announced once, under the identity that disappears, with the one that has its data from now on.
  const events = await announced('identity.merged', source.identityId);
  const { action: _, ...detail } = unless((await read(source.identityId)).entries[0]);
  assert.deepEqual(
    events.map((event) => event.detail),
    [detail],
  );
});

test('what is resumed late is announced too, with the time when it began, and once', async () => {
  const { client } = openTable(auditTableName, region, stack.dynamodbUrl);
  const time = '2020-01-01T00:00:00.000Z';
  const { identityId } = await newIdentity();
  const item = { identityId, at: `${time}#x`, time, requestId: 'x', actor: 'staff:x', outcome: 'done' };
  const Item = { ...item, action: 'identity.unlinked', announce: true };
  await client.send(new PutCommand({ TableName: auditTableName, Item }));
  client.destroy();
  await announced('identity.unlinked', identityId);
  await ok('delete-identity', { params: { identityId }, body: { reason: 'r' } });
  const events = await announced('identity.deleted', identityId);
  assert.deepEqual(
    events.map((event) => [event['detail-type'], event.detail.at === time]),
    [
      ['identity.unlinked', true],
      ['identity.deleted', false],
    ],
  );
});

test('unlinked and deleted identities are on record and announced', async () => {
  const { identityId, userId } = await newIdentity(newId(), newId());
  const reason = 'ticket 8';
  await ok('unlink', { body: { identityId, developerUserIdentifier: userId, reason } });
  await ok('delete-identity', { params: { identityId }, body: { reason } });
  const { entries } = await read(identityId);
  assert.deepEqual(
    entries.map(({ at: _, requestId: __, ...entry }) => entry),
    [
      { identityId, action: 'identity.deleted', actor: 'staff:carol', reason, outcome: 'done' },
      {
        identityId,
        action: 'identity.unlinked',
        developerUserIdentifier: userId,
        actor: 'staff:carol',
        reason,
        outcome: 'done',
      },
    ],
  );
  await announced('identity.unlinked', identityId);
  await announced('identity.deleted', identityId);
});

test('what a user does is on record as theirs, and no secret is in it', async () => {
  const [source, destination] = [await newUser(), await newUser()];
  const key = `key-${crypto.randomUUID()}`;
  await ok('merge-accounts', {
    body: { source: source.credentials, destination: destination.credentials },
    headers: { 'idempotency-key': key },
  });
  // One of two merged accounts unlinks the other: it says which did.
  await ok('unlink-account', {
    body: { credentials: source.credentials, developerUserIdentifier: destination.userId },
  });
  const trail = await read(destination.identityId);
  assert.deepEqual(
    trail.entries.map(({ actor, developerUserIdentifier }) => [actor, developerUserIdentifier]),
    [
      [`user:${source.userId}`, destination.userId],
      [`user:${destination.userId}`, destination.userId],
    ],
  );
  const unlinked = (await announced('identity.unlinked', destination.identityId)).at(-1);
  assert.equal(unlinked?.detail.actor, `user:${source.userId}`);
  const text = JSON.stringify(trail);
  for (const { token, refreshToken, credentials } of [source, destination]) {
    for (const secret of [token, refreshToken, credentials.username, demoPassword, key])
      assert.ok(!text.includes(secret));
  }
});

test('what was refused is on no record, nor is what was only looked at', async () => {
  const { identityId, userId } = await newIdentity();
  await refused(
    'unlink',
    { body: { identityId, developerUserIdentifier: userId, reason: 'r' } },
    'last_login',
  );
  await ok('describe-identity', { params: { identityId } });
  await ok('lookup', { query: { identityId } });
  assert.deepEqual(await read(identityId), { entries: [] });
  assert.deepEqual(await read(noIdentity), { entries: [] });
});

test('newest first, in pages that hold every entry once', async () => {
  const { identityId, userId } = await newIdentity();
  for (let time = 0; time < 5; time++)
    await ok('end-sessions', { params: { developerUserIdentifier: userId } });
  const all = (await read(identityId)).entries;
  assert.equal(all.length, 5);
  assert.deepEqual(
    all,
    all.toSorted((one, other) => other.at.localeCompare(one.at)),
  );
  const paged = [];
  let nextToken: string | undefined;
  do {
    const page = await read(identityId, { maxResults: '2', ...(nextToken && { nextToken }) });
    assert.ok(page.entries.length <= 2);
    paged.push(...page.entries);
    nextToken = page.nextToken;
  } while (nextToken);
  assert.deepEqual(paged, all);
  // The last page says that it is the last, however full it is.
  assert.equal((await read(identityId, { maxResults: '5' })).nextToken, undefined);
});

test("a nextToken of another identity's audit shows none of that one's entries", async () => {
  const [mine, theirs] = [await newIdentity(), await newIdentity()];
  for (const { userId } of [mine, theirs, mine, theirs])
    await ok('end-sessions', { params: { developerUserIdentifier: userId } });
  const { nextToken = '' } = await read(theirs.identityId, { maxResults: '1' });
  const { entries } = await read(mine.identityId, { nextToken });
  assert.ok(entries.every(({ identityId }) => identityId === mine.identityId));
});

const encode = (text: string) => Buffer.from(text).toString('base64url');
for (const [name, nextToken] of [
  ['made up', 'x'],
  ['empty', ''],
  ['of JSON', encode('{"identityId":"x","at":"2026"}')],
  ['over-long', encode(`2026-01-01T00:00:00.000Z#${'x'.repeat(1_100)}`)],
  ['with a space', 'a b'],
] as const) {
  test(`a nextToken ${name}: 400 naming it`, async () => {
    const sent = { params: { identityId: noIdentity }, query: { nextToken } };
    assert.deepEqual((await refused('audit', sent, 'invalid_request')).wrong, ['query nextToken']);
  });
}

test('an id of another form, or an unknown parameter: 400 naming it', async () => {
  const sent = { params: { identityId: 'somebody' }, query: 'since=2026' };
  const { wrong } = await refused('audit', sent, 'invalid_request');
  assert.deepEqual(wrong, ['path identityId', 'query since']);
});
