import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guest } from '../support/cognito.ts';
import { noIdentity, staffStack } from '../support/staff.ts';

const { ok, refused, newIdentity, stack } = await staffStack();

test('an identity: its providers and its dates, and none of its identifiers', async () => {
  const { identityId, userId } = await newIdentity();
  const identity = await ok('describe-identity', { params: { identityId } });
  assert.deepEqual([identity.identityId, identity.logins], [identityId, ['login.local']]);
  assert.ok(Date.parse(identity.creationDate) <= Date.parse(identity.lastModifiedDate));
  assert.ok(!JSON.stringify(identity).includes(userId));
  const { identities } = await ok('list-identities');
  assert.deepEqual(identities, [identity]);
});

test('a guest has no logins', async () => {
  const { identityId } = await guest(stack.cognito.endpoint, stack.identityPoolId);
  assert.deepEqual((await ok('describe-identity', { params: { identityId } })).logins, []);
});

test('an unknown identity: 404', async () => {
  await refused('describe-identity', { params: { identityId: noIdentity } }, 'identity_not_found');
});

for (const identityId of [
  'x',
  'us-east-1',
  `us-east-1:${'0'.repeat(46)}`,
  'us-east-1:A',
  '../audit/x',
  ' ',
  '\u0000',
]) {
  test(`the id ${JSON.stringify(identityId)}: 400 naming it`, async () => {
    const { wrong } = await refused('describe-identity', { params: { identityId } }, 'invalid_request');
    assert.deepEqual([...new Set(wrong)], ['path identityId']);
  });
}

test('a query parameter: 400 naming it', async () => {
  const sent = { params: { identityId: noIdentity }, query: 'identityId=x' };
  assert.deepEqual((await refused('describe-identity', sent, 'invalid_request')).wrong, ['query identityId']);
});
