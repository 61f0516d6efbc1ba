import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guest } from '../support/cognito.ts';
import { staffStack } from '../support/staff.ts';

const { ok, refused, newIdentity, stack } = await staffStack();

const listAll = async (query: Record<string, string>) => {
  const identityIds: string[] = [];
  const tokens: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await ok('list-identities', { query: { ...query, ...(nextToken && { nextToken }) } });
    identityIds.push(...page.identities.map(({ identityId }) => identityId));
    nextToken = page.nextToken;
    if (nextToken) tokens.push(nextToken);
  } while (nextToken);
  return { identityIds, tokens };
};

const visitor = await guest(stack.cognito.endpoint, stack.identityPoolId);
const [one, other, third] = [await newIdentity(), await newIdentity(), await newIdentity()];
const everybody = [visitor, one, other, third].map(({ identityId }) => identityId).sort();

test('all identities of the pool, guests too, each with its providers and dates', async () => {
  const { identities, nextToken } = await ok('list-identities');
  assert.equal(nextToken, undefined);
  assert.deepEqual(identities.map(({ identityId }) => identityId).sort(), everybody);
  for (const { identityId, logins, creationDate } of identities) {
    assert.deepEqual(logins, identityId === visitor.identityId ? [] : ['login.local']);
    assert.ok(Date.parse(creationDate) > Date.now() - 60_000);
  }
});

test('pages: every identity once', async () => {
  const { identityIds, tokens } = await listAll({ maxResults: '3' });
  assert.deepEqual(identityIds.sort(), everybody);
  assert.equal(tokens.length, 1);
});

test('a disabled identity is shown, and hidden where that is asked for', async () => {
  const body = { sourceUserIdentifier: third.userId, destinationUserIdentifier: one.userId, reason: 'r' };
  await ok('merge', { body });
  assert.ok((await listAll({ hideDisabled: 'false' })).identityIds.includes(third.identityId));
  const { identityIds } = await listAll({ hideDisabled: 'true', maxResults: '2' });
  assert.deepEqual(identityIds.sort(), everybody.filter((id) => id !== third.identityId).sort());
});

test("a nextToken of another list, or one that was changed, is the caller's mistake", async () => {
  const { nextToken = '' } = await ok('list-identities', { query: { maxResults: '1' } });
  const looked = await newIdentity('list-a', 'list-b');
  const query = { identityId: looked.identityId, maxResults: '1' };
  const { nextToken: ofLookup = '' } = await ok('lookup', { query });
  for (const bad of [
    { nextToken: ofLookup },
    { nextToken: `${nextToken}A` },
    { nextToken, hideDisabled: 'true' },
  ]) {
    const sent = { query: { maxResults: '1', ...bad } };
    const { wrong } = await refused('list-identities', sent, 'invalid_request');
    assert.deepEqual(wrong, ['query nextToken']);
  }
  const { wrong } = await refused('lookup', { query: { ...query, nextToken } }, 'invalid_request');
  assert.deepEqual(wrong, ['query nextToken']);
});

for (const [query, wrong] of [
  ['maxResults=0', ['query maxResults']],
  ['maxResults=61', ['query maxResults']],
  ['hideDisabled=yes', ['query hideDisabled']],
  ['hideDisabled', ['query hideDisabled']],
  ['hideDisabled=true&hideDisabled=false', ['query hideDisabled']],
  ['identityPoolId=us-east-1:0&x', ['query identityPoolId', 'query x']],
] as const) {
  test(`?${query}: 400 naming it`, async () => {
    const refusal = await refused('list-identities', { query }, 'invalid_request');
    assert.deepEqual([...new Set(refusal.wrong)], wrong);
  });
}
