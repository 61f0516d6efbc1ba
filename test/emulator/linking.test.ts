import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  DescribeIdentityCommand,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
} from '@aws-sdk/client-cognito-identity';
import { awsError, createPool, logIn, provider, startEmulator } from '../support/emulator.ts';

test('a given identity: a guest takes any new user, a known one only beside a login it has', async (t) => {
  const { client } = await startEmulator(t);
  const pool = await createPool(client);
  const { IdentityId = '' } = await client.send(new GetIdCommand({ IdentityPoolId: pool }));
  assert.equal((await logIn(client, pool, 'ada', { IdentityId })).IdentityId, IdentityId);
  assert.equal((await logIn(client, pool, 'ada', { IdentityId })).IdentityId, IdentityId);
  await assert.rejects(
    logIn(client, pool, 'bob', { IdentityId }),
    awsError(
      'NotAuthorizedException',
      "Logins don't match. Please include at least one valid login for this identity or identity pool.",
    ),
  );
  const bob = await logIn(client, pool, 'bob');
  assert.notEqual(bob.IdentityId, IdentityId);
  await assert.rejects(
    logIn(client, pool, 'ada', { IdentityId: bob.IdentityId }),
    awsError('DeveloperUserAlreadyRegisteredException'),
  );
});

test('an identity that is not there, or is in another pool, takes nobody', async (t) => {
  const { client } = await startEmulator(t);
  const pool = await createPool(client);
  const IdentityId = 'us-east-1:00000000-0000-0000-0000-000000000000';
  await assert.rejects(
    logIn(client, pool, 'ada', { IdentityId }),
    awsError('ResourceNotFoundException', `Identity '${IdentityId}' not found.`),
  );
  const elsewhere = await logIn(client, await createPool(client), 'ada');
  await assert.rejects(logIn(client, pool, 'ada', elsewhere), awsError('NotAuthorizedException'));
});

test('linking changes the identity, signing in again does not', async (t) => {
  const { emulator, client } = await startEmulator(t);
  const pool = await createPool(client);
  const { IdentityId = '' } = await client.send(new GetIdCommand({ IdentityPoolId: pool }));
  const describe = () => client.send(new DescribeIdentityCommand({ IdentityId }));
  const guest = await describe();
  assert.deepEqual(guest.Logins, []);
  emulator.clock.advance(1000);
  await logIn(client, pool, 'ada', { IdentityId });
  const linked = await describe();
  assert.deepEqual(linked.Logins, [provider]);
  assert.deepEqual(linked.CreationDate, guest.CreationDate);
  assert.ok(Number(linked.LastModifiedDate) > Number(guest.LastModifiedDate));
  emulator.clock.advance(1000);
  await logIn(client, pool, 'ada');
  assert.deepEqual((await describe()).LastModifiedDate, linked.LastModifiedDate);
});

test('principal tags past 460 bytes are refused', async (t) => {
  const { client } = await startEmulator(t);
  const pool = await createPool(client);
  const tags = (length: number) => ({ PrincipalTags: { a: 'x'.repeat(200), b: 'x'.repeat(length) } });
  await logIn(client, pool, 'ada', tags(256));
  const PrincipalTags = { ...tags(256).PrincipalTags, c: 'xx' };
  await assert.rejects(logIn(client, pool, 'ada', { PrincipalTags }), awsError('InvalidParameterException'));
});

test("another identity's token, or a guest's, opens nothing", async (t) => {
  const { client } = await startEmulator(t);
  const pool = await createPool(client);
  const ada = await logIn(client, pool, 'ada');
  const bob = await logIn(client, pool, 'bob');
  const Logins = { 'cognito-identity.amazonaws.com': bob.Token };
  await assert.rejects(
    client.send(new GetCredentialsForIdentityCommand({ IdentityId: ada.IdentityId, Logins })),
    awsError('NotAuthorizedException'),
  );
});

test('a pool without guests makes none', async (t) => {
  const { client } = await startEmulator(t);
  const IdentityPoolId = await createPool(client, { AllowUnauthenticatedIdentities: false });
  await assert.rejects(
    client.send(new GetIdCommand({ IdentityPoolId })),
    awsError('NotAuthorizedException', 'Unauthenticated access is not supported for this identity pool.'),
  );
});
