import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId, noIdentity, staffStack } from '../support/staff.ts';

const { ok, refused, newIdentity } = await staffStack();

test('an identifier finds its identity, an identity its identifiers, and a pair itself', async () => {
  const ids = [newId(), newId()];
  const { identityId } = await newIdentity(...ids);
  const all = { identityId, developerUserIdentifiers: ids };
  for (const developerUserIdentifier of ids) {
    assert.deepEqual(await ok('lookup', { query: { developerUserIdentifier } }), all);
    assert.deepEqual(await ok('lookup', { query: { identityId, developerUserIdentifier } }), {
      identityId,
      developerUserIdentifiers: [developerUserIdentifier],
    });
  }
  assert.deepEqual(await ok('lookup', { query: { identityId } }), all);
});

test('looking makes no identity', async () => {
  const developerUserIdentifier = newId();
  for (let time = 0; time < 2; time++)
    await refused('lookup', { query: { developerUserIdentifier } }, 'identity_not_found');
  await refused('lookup', { query: { identityId: noIdentity } }, 'identity_not_found');
});

test('a pair that does not belong together: 409', async () => {
  const [one, other] = [await newIdentity(), await newIdentity()];
  for (const developerUserIdentifier of [other.userId, newId()]) {
    const query = { identityId: one.identityId, developerUserIdentifier };
    await refused('lookup', { query }, 'identity_mismatch');
  }
});

test('a disabled identity tells nothing', async () => {
  const [source, destination] = [await newIdentity(), await newIdentity()];
  const body = {
    sourceUserIdentifier: source.userId,
    destinationUserIdentifier: destination.userId,
    reason: 'r',
  };
  await ok('merge', { body });
  await refused('lookup', { query: { identityId: source.identityId } }, 'identity_disabled');
});

test('pages: every identifier once, and no token after the last page', async () => {
  const ids = [newId(), newId(), newId(), newId(), newId()];
  const { identityId } = await newIdentity(...ids);
  const seen: string[] = [];
  let nextToken: string | undefined;
  let pages = 0;
  do {
    const query = { identityId, maxResults: '2', ...(nextToken && { nextToken }) };
    const page = await ok('lookup', { query });
    seen.push(...page.developerUserIdentifiers);
    nextToken = page.nextToken;
    pages++;
  } while (nextToken);
  assert.deepEqual([seen, pages], [ids, 3]);
});

test("a nextToken of another query, or one that was changed, is the caller's mistake", async () => {
  const mine = await newIdentity(newId(), newId());
  const theirs = await newIdentity(newId(), newId());
  const { nextToken = '' } = await ok('lookup', { query: { identityId: mine.identityId, maxResults: '1' } });
  assert.notEqual(nextToken, '');
  const changed = nextToken.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A'));
  for (const [identityId, token] of [
    [theirs.identityId, nextToken],
    [mine.identityId, changed],
    [mine.identityId, 'eyJhIjoxfQ'],
  ] as const) {
    const query = { identityId, maxResults: '1', nextToken: token };
    const { text, wrong } = await refused('lookup', { query }, 'invalid_request');
    assert.deepEqual(wrong, ['query nextToken']);
    assert.ok(![mine, theirs].some(({ userId }) => text.includes(userId)));
  }
});

const identityId = noIdentity;
/** Query → what is wrong. */
const malformed: [name: string, query: Record<string, string> | string, wrong: string[]][] = [
  ['nothing', '', ['query identityId']],
  ['only a page', { maxResults: '5' }, ['query identityId']],
  ['an unknown parameter', { identityId, IdentityId: identityId }, ['query IdentityId']],
  ['a parameter of a forbidden name', `identityId=${identityId}&__proto__=x`, ['query __proto__']],
  ['a repeated parameter', `identityId=${identityId}&identityId=${identityId}`, ['query identityId']],
  [
    'one that is repeated with nothing',
    `maxResults=&maxResults=2&identityId=${identityId}`,
    ['query maxResults'],
  ],
  ['an identity id of another form', { identityId: 'nobody' }, ['query identityId']],
  ['an identity id and something after it', { identityId: `${identityId}\n` }, ['query identityId']],
  ['an over-long identity id', { identityId: `us-east-1:${'0'.repeat(46)}` }, ['query identityId']],
  ['an empty identifier', { developerUserIdentifier: '' }, ['query developerUserIdentifier']],
  [
    'an over-long identifier',
    { developerUserIdentifier: 'x'.repeat(1_025) },
    ['query developerUserIdentifier'],
  ],
  ['no results', { identityId, maxResults: '0' }, ['query maxResults']],
  ['too many results', { identityId, maxResults: '61' }, ['query maxResults']],
  ['half a result', { identityId, maxResults: '1.5' }, ['query maxResults']],
  ['results in hexadecimal', { identityId, maxResults: '0x10' }, ['query maxResults']],
  ['results with an exponent', { identityId, maxResults: '1e1' }, ['query maxResults']],
  ['results after a space', { identityId, maxResults: ' 5' }, ['query maxResults']],
  ['results in words', { identityId, maxResults: 'all' }, ['query maxResults']],
  ['an empty page token', { identityId, nextToken: '' }, ['query nextToken']],
  ['a page token with a space', { identityId, nextToken: 'a b' }, ['query nextToken']],
];
for (const [name, query, wrong] of malformed) {
  test(`${name}: 400 naming it`, async () => {
    assert.deepEqual((await refused('lookup', { query }, 'invalid_request')).wrong, wrong);
  });
}

test('what form a value must have is said', async () => {
  const query = { identityId: 'nobody', nextToken: 'a b', maxResults: 'x' };
  const { text } = await refused('lookup', { query }, 'invalid_request');
  assert.deepEqual(
    JSON.parse(text).errors.map(({ name, detail }: { name: string; detail: string }) => `${name} ${detail}`),
    [
      'identityId must be a region, a colon and a UUID',
      'maxResults must be a number',
      'nextToken must be text without spaces',
    ],
  );
});
