import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateIdentityPoolCommand,
  DescribeIdentityCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
} from '@aws-sdk/client-cognito-identity';
import { developerProviderName } from '../../local/settings.ts';
import { guest } from '../support/cognito.ts';
import { awsError, startFront } from '../support/front.ts';
import { noIdentity, staffStack, unless } from '../support/staff.ts';

const dynamodb = await startFront();
const { ok, refused, newIdentity, newUser, stack, client } = await staffStack({
  AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
});
dynamodb.target = stack.dynamodbUrl;
const reason = 'erasure request 9';
const body = { reason };

test('the identity, its links and its sessions are gone; its audit stays', async () => {
  const [one, other] = [await newUser(), await newUser()];
  const users = { sourceUserIdentifier: one.userId, destinationUserIdentifier: other.userId };
  await ok('merge', { body: { ...users, reason } });
  const { refreshToken } = await ok('login', { body: one.credentials });
  const { identityId } = other;
  await ok('delete-identity', { params: { identityId }, body });

  await refused('describe-identity', { params: { identityId } }, 'identity_not_found');
  for (const { userId } of [one, other])
    await refused('lookup', { query: { developerUserIdentifier: userId } }, 'identity_not_found');
  for (const token of [refreshToken, other.refreshToken])
    await refused('refresh', { body: { refreshToken: token } }, 'invalid_refresh_token');
  await refused('account', { token: other.token }, 'identity_not_found');
  const { entries } = await ok('audit', { params: { identityId } });
  assert.deepEqual(
    entries.map(({ action }) => action),
    ['identity.deleted', 'identity.merged'],
  );
  assert.notEqual((await ok('login', { body: one.credentials })).identityId, identityId);
});

test('a guest can be erased, and so can what a merge left behind', async () => {
  const { identityId } = await guest(stack.cognito.endpoint, stack.identityPoolId);
  await ok('delete-identity', { params: { identityId }, body });
  await refused('describe-identity', { params: { identityId } }, 'identity_not_found');

  const [source, destination] = [await newIdentity(), await newIdentity()];
  const users = { sourceUserIdentifier: source.userId, destinationUserIdentifier: destination.userId };
  await ok('merge', { body: { ...users, reason } });
  await ok('delete-identity', { params: { identityId: source.identityId }, body });
  await refused('describe-identity', { params: { identityId: source.identityId } }, 'identity_not_found');
  await ok('describe-identity', { params: { identityId: destination.identityId } });
});

test('an unknown identity, or one that is erased already: 404', async () => {
  await refused('delete-identity', { params: { identityId: noIdentity }, body }, 'identity_not_found');
  const { identityId } = await newIdentity();
  await ok('delete-identity', { params: { identityId }, body });
  await refused('delete-identity', { params: { identityId }, body }, 'identity_not_found');
});

test("another pool's identity stays, be it a guest's or a user's of the same provider", async () => {
  const { IdentityPoolId = '' } = await client.send(
    new CreateIdentityPoolCommand({
      IdentityPoolName: 'other',
      AllowUnauthenticatedIdentities: true,
      AllowClassicFlow: true,
      DeveloperProviderName: developerProviderName,
    }),
  );
  const { IdentityId: theirs = '' } = await client.send(
    new GetOpenIdTokenForDeveloperIdentityCommand({
      IdentityPoolId,
      Logins: { [developerProviderName]: 'somebody' },
    }),
  );
  const visitor = await guest(stack.cognito.endpoint, IdentityPoolId);
  for (const identityId of [theirs, visitor.identityId]) {
    await refused('delete-identity', { params: { identityId }, body }, 'identity_disabled');
    assert.ok(await client.send(new DescribeIdentityCommand({ IdentityId: identityId })));
    assert.deepEqual(await ok('audit', { params: { identityId } }), { entries: [] });
  }
});

test('a deletion that was cut off once the identity was gone is completed by the next request', async () => {
  const user = await newUser();
  const { identityId } = user;
  dynamodb.take = (operation, response, sent) =>
    operation === 'PutItem' && sent.includes('identity.deleted')
      ? awsError(response, 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException')
      : false;
  await refused('delete-identity', { params: { identityId }, body }, 'table_unavailable');
  dynamodb.take = undefined;
  await refused('describe-identity', { params: { identityId } }, 'identity_not_found');
  assert.deepEqual(await ok('audit', { params: { identityId } }), { entries: [] });

  await ok('delete-identity', { params: { identityId }, body });
  const { entries } = await ok('audit', { params: { identityId } });
  assert.equal(entries.length, 1);
  assert.equal(unless(entries[0]).reason, reason);
  await refused('delete-identity', { params: { identityId }, body }, 'identity_not_found');
});

const params = { identityId: noIdentity };
for (const [name, sent, wrong] of [
  ['no reason', { params, body: {} }, ['#/reason']],
  ['another id in the body', { params, body: { reason, identityId: 'x' } }, ['#/identityId']],
  ['an id of another form', { params: { identityId: 'a:b/c' }, body }, ['path identityId']],
  ['a query parameter', { params, body, query: 'force=1' }, ['query force']],
] as const) {
  test(`${name}: 400 naming it`, async () => {
    assert.deepEqual((await refused('delete-identity', sent, 'invalid_request')).wrong, wrong);
  });
}

test('no body: 400 saying that one is needed', async () => {
  for (const headers of [{}, { 'content-type': 'application/json' }]) {
    const { wrong, text } = await refused('delete-identity', { params, headers }, 'invalid_request');
    assert.deepEqual(wrong, ['#']);
    assert.match(text, /a JSON object is needed/);
  }
});

test('a body of another type: 415', async () => {
  const headers = { 'content-type': 'text/plain' };
  await refused('delete-identity', { params, body, headers }, 'unsupported_media_type');
});
