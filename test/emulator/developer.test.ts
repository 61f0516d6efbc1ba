import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  DescribeIdentityCommand,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  LookupDeveloperIdentityCommand,
  MergeDeveloperIdentitiesCommand,
  UnlinkDeveloperIdentityCommand,
} from '@aws-sdk/client-cognito-identity';
import { awsError, createPool, logIn, provider, startEmulator } from '../support/emulator.ts';

async function start(t: TestContext) {
  const { emulator, client } = await startEmulator(t);
  const IdentityPoolId = await createPool(client);
  const at = { IdentityPoolId, DeveloperProviderName: provider };
  return {
    emulator,
    client,
    pool: IdentityPoolId,
    logIn: (user: string, IdentityId?: string) =>
      logIn(client, IdentityPoolId, user, IdentityId === undefined ? {} : { IdentityId }),
    merge: async (SourceUserIdentifier: string, DestinationUserIdentifier: string) => {
      const users = { SourceUserIdentifier, DestinationUserIdentifier };
      return (await client.send(new MergeDeveloperIdentitiesCommand({ ...at, ...users }))).IdentityId;
    },
    unlink: (IdentityId: string, DeveloperUserIdentifier: string) =>
      client.send(new UnlinkDeveloperIdentityCommand({ ...at, IdentityId, DeveloperUserIdentifier })),
    usersOf: async (IdentityId: string) => {
      const found = await client.send(new LookupDeveloperIdentityCommand({ IdentityPoolId, IdentityId }));
      return found.DeveloperUserIdentifierList;
    },
  };
}

/** Puts `count` users on one identity: the first creates it, each other one is merged into it. */
async function gather({ logIn, merge }: Awaited<ReturnType<typeof start>>, name: string, count: number) {
  const { IdentityId } = await logIn(`${name}0`);
  for (let index = 1; index < count; index += 1) {
    await logIn(`${name}${index}`);
    await merge(`${name}${index}`, `${name}0`);
  }
  return IdentityId;
}

test('a merge keeps both identifiers on the destination and forbids the source', async (t) => {
  const { client, logIn, merge, usersOf } = await start(t);
  const ada = await logIn('ada');
  const bob = await logIn('bob');
  assert.equal(await merge('ada', 'bob'), bob.IdentityId);
  assert.deepEqual(await usersOf(bob.IdentityId), ['ada', 'bob']);
  assert.equal((await logIn('ada')).IdentityId, bob.IdentityId);
  assert.equal((await logIn('bob')).IdentityId, bob.IdentityId);
  const forbidden = awsError(
    'NotAuthorizedException',
    `Access to Identity '${ada.IdentityId}' is forbidden.`,
  );
  const Logins = { 'cognito-identity.amazonaws.com': ada.Token };
  const credentials = new GetCredentialsForIdentityCommand({ IdentityId: ada.IdentityId, Logins });
  await assert.rejects(client.send(credentials), forbidden);
  await assert.rejects(logIn('ada', ada.IdentityId), awsError('NotAuthorizedException'));
  await assert.rejects(logIn('eve', ada.IdentityId), forbidden);
  const { IdentityId, Logins: left } = await client.send(new DescribeIdentityCommand(ada));
  assert.deepEqual([IdentityId, left], [ada.IdentityId, []]);
});

test('a merge that is sent again answers the same identity', async (t) => {
  const { logIn, merge, usersOf } = await start(t);
  await logIn('ada');
  const { IdentityId } = await logIn('bob');
  await merge('ada', 'bob');
  assert.equal(await merge('ada', 'bob'), IdentityId);
  assert.equal(await merge('bob', 'ada'), IdentityId);
  assert.deepEqual(await usersOf(IdentityId), ['ada', 'bob']);
});

test("a merge needs two known users of the pool's provider", async (t) => {
  const { client, pool, logIn, merge } = await start(t);
  await logIn('ada');
  await assert.rejects(merge('ada', 'bob'), awsError('ResourceNotFoundException'));
  await assert.rejects(merge('bob', 'ada'), awsError('ResourceNotFoundException'));
  const other = new MergeDeveloperIdentitiesCommand({
    IdentityPoolId: pool,
    DeveloperProviderName: 'other.example',
    SourceUserIdentifier: 'ada',
    DestinationUserIdentifier: 'ada',
  });
  await assert.rejects(client.send(other), awsError('InvalidParameterException'));
});

test('an identity holds twenty logins, however they come', async (t) => {
  const subject = await start(t);
  const { logIn, merge, usersOf, client, pool } = subject;
  const full = await gather(subject, 'full', 19);
  await gather(subject, 'pair', 2);
  await assert.rejects(merge('pair0', 'full0'), awsError('ResourceConflictException'));
  assert.equal((await usersOf(full))?.length, 19);
  assert.equal((await logIn('pair0')).IdentityId, (await logIn('pair1')).IdentityId);
  await logIn('last');
  await merge('last', 'full0');
  assert.equal((await usersOf(full))?.length, 20);
  await assert.rejects(merge('pair0', 'full0'), awsError('ResourceConflictException'));

  const page = (NextToken?: string) =>
    client.send(
      new LookupDeveloperIdentityCommand({
        IdentityPoolId: pool,
        IdentityId: full,
        MaxResults: 8,
        NextToken,
      }),
    );
  const first = await page();
  const second = await page(first.NextToken);
  const third = await page(second.NextToken);
  const users = [first, second, third].flatMap((result) => result.DeveloperUserIdentifierList);
  assert.deepEqual(users, await usersOf(full));
  assert.equal(third.NextToken, undefined);
});

test('an unlinked user is a new one; the last to go closes the identity for good', async (t) => {
  const { client, logIn, merge, unlink, usersOf } = await start(t);
  await logIn('ada');
  const { IdentityId } = await logIn('bob');
  await merge('ada', 'bob');
  await unlink(IdentityId, 'ada');
  assert.deepEqual(await usersOf(IdentityId), ['bob']);
  assert.notEqual((await logIn('ada')).IdentityId, IdentityId);
  await unlink(IdentityId, 'bob');
  const forbidden = awsError('NotAuthorizedException', `Access to Identity '${IdentityId}' is forbidden.`);
  await assert.rejects(client.send(new GetCredentialsForIdentityCommand({ IdentityId })), forbidden);
  await assert.rejects(logIn('bob', IdentityId), forbidden);
  assert.notEqual((await logIn('bob')).IdentityId, IdentityId);
});

test('only a user who is on the identity can be unlinked', async (t) => {
  const { client, pool, logIn, unlink, usersOf } = await start(t);
  const { IdentityId } = await logIn('ada');
  await logIn('bob');
  await assert.rejects(unlink(IdentityId, 'bob'), awsError('ResourceConflictException'));
  await assert.rejects(unlink(IdentityId, 'eve'), awsError('ResourceNotFoundException'));
  const { IdentityId: guest = '' } = await client.send(new GetIdCommand({ IdentityPoolId: pool }));
  await assert.rejects(unlink(guest, 'ada'), awsError('ResourceConflictException'));
  assert.deepEqual(await usersOf(IdentityId), ['ada']);
});

test('a lookup needs something to look for', async (t) => {
  const { client, pool } = await start(t);
  const nothing = new LookupDeveloperIdentityCommand({ IdentityPoolId: pool });
  await assert.rejects(client.send(nothing), awsError('InvalidParameterException'));
});
