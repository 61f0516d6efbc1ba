import assert from 'node:assert/strict';
import { test } from 'node:test';
import { newId, staffStack } from '../support/staff.ts';

const { ok, refused, send, newIdentity, stack, issuer } = await staffStack();
const reason = 'r';

/** Identifiers that another part of the way could take for something else. */
const odd = [
  'a:b',
  'a/b',
  'a//b/',
  '../identities',
  'a%2Fb',
  '%',
  '%25',
  'a#b',
  'a?b=c&d=e',
  'a+b c',
  ' a ',
  'a\tb',
  'a\u0000b',
  '"; drop',
  '{"a":1}',
  '__proto__',
  'constructor',
  'user#alice',
  'sessions#x',
  'é',
  'e\u0301',
  'ß',
  'SS',
  '\u202Eabc',
  '\u200B',
  '👩‍👩‍👧',
  '漢'.repeat(300),
  'x'.repeat(1_024),
].map((id) => ({ id, name: JSON.stringify(id.slice(0, 20)) }));

test('each is an identity of its own', async () => {
  const made = await Promise.all(odd.map(({ id }) => newIdentity(id)));
  assert.equal(new Set(made.map(({ identityId }) => identityId)).size, odd.length);
  for (const [index, { id, name }] of odd.entries()) {
    const found = await ok('lookup', { query: { developerUserIdentifier: id } });
    const expected = { identityId: made[index]?.identityId, developerUserIdentifiers: [id] };
    assert.deepEqual(found, expected, name);
  }
});

for (const { id, name } of odd) {
  test(`sessions of ${name} are ended under that very name`, async () => {
    const { identityId } = await ok('lookup', { query: { developerUserIdentifier: id } });
    await ok('end-sessions', { params: { developerUserIdentifier: id } });
    const { entries } = await ok('audit', { params: { identityId } });
    assert.deepEqual(
      entries.map((entry) => entry.developerUserIdentifier),
      [id],
    );
  });

  test(`${name} is merged and unlinked as itself`, async () => {
    const { identityId, userId } = await newIdentity();
    const body = { sourceUserIdentifier: id, destinationUserIdentifier: userId, reason };
    assert.equal((await ok('merge', { body })).identityId, identityId);
    await ok('unlink', { body: { identityId, developerUserIdentifier: id, reason } });
    const left = await ok('lookup', { query: { identityId } });
    assert.deepEqual(left.developerUserIdentifiers, [userId]);
  });
}

test('half a character is no identifier: it would become another one on its way', async () => {
  for (const half of ['\ud800', 'a\udfff']) {
    const body = { sourceUserIdentifier: half, destinationUserIdentifier: newId(), reason };
    const { wrong } = await refused('merge', { body }, 'invalid_request');
    assert.deepEqual(wrong, ['#/sourceUserIdentifier']);
    const text = JSON.stringify({ ...body, reason: half, sourceUserIdentifier: 'x' });
    assert.deepEqual((await refused('merge', { body: text }, 'invalid_request')).wrong, ['#/reason']);
  }
});

test('an identity id is compared byte by byte', async () => {
  const { identityId } = await newIdentity();
  const look = (id: string) => send('describe-identity', { params: { identityId: id } });
  assert.equal((await look(identityId)).status, 200);
  for (const id of [
    identityId.toUpperCase(),
    `${identityId} `,
    ` ${identityId}`,
    `${identityId}\n`,
    `${identityId}\u0000`,
    identityId.replace(':', '%3A'),
    identityId.replace('-', '\u2010'),
  ])
    assert.ok([400, 404].includes((await look(id)).status), id);
});

test('a path that is no encoding, has an empty id or another case: no route takes it for another', async () => {
  const authorization = `Bearer ${await issuer.token()}`;
  const { identityId } = await newIdentity();
  for (const path of [
    '/identities/%',
    '/identities/%zz',
    '/identities/%ff',
    `/identities//${identityId}`,
    `//identities/${identityId}`,
    `/IDENTITIES/${identityId}`,
    `/identities/${identityId}/`,
    `/audit/../identities/${identityId}/x`,
    '/sessions/',
    '/sessions',
  ]) {
    const { status } = await fetch(`${stack.apiUrl}${path}`, { headers: { authorization } });
    assert.ok([400, 404].includes(status), `${path} ${status}`);
  }
});

test('the longest identifier that Cognito takes is one, however many bytes it has', async () => {
  const id = '漢'.repeat(1_024);
  const { identityId } = await newIdentity(id);
  const other = await newIdentity();
  await ok('end-sessions', { params: { developerUserIdentifier: id } });
  const body = { sourceUserIdentifier: id, destinationUserIdentifier: other.userId, reason };
  assert.equal((await ok('merge', { body })).sourceIdentityId, identityId);
});
