import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CognitoIdentityClient,
  DeleteIdentitiesCommand,
  DescribeIdentityCommand,
  GetIdCommand,
  GetOpenIdTokenCommand,
  ListIdentitiesCommand,
  MergeDeveloperIdentitiesCommand,
} from '@aws-sdk/client-cognito-identity';
import fc from 'fast-check';
import { awsError, clientOf, createPool, logIn, provider, startEmulator } from '../support/emulator.ts';

async function guest(client: CognitoIdentityClient, IdentityPoolId: string): Promise<string> {
  return (await client.send(new GetIdCommand({ IdentityPoolId }))).IdentityId ?? '';
}

/** Reads a listing to its end; `between` runs after every page. */
async function listAll(
  client: CognitoIdentityClient,
  IdentityPoolId: string,
  MaxResults: number,
  between: () => Promise<unknown> = async () => {},
): Promise<string[]> {
  const ids: string[] = [];
  let NextToken: string | undefined;
  do {
    const page = await client.send(new ListIdentitiesCommand({ IdentityPoolId, MaxResults, NextToken }));
    ids.push(...(page.Identities ?? []).map((identity) => identity.IdentityId ?? ''));
    NextToken = page.NextToken;
    await between();
  } while (NextToken !== undefined);
  return ids;
}

test('pages of any size show every identity once, in order, while others are added', async (t) => {
  const { client } = await startEmulator(t);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.integer({ min: 2, max: 6 }), async (count, size) => {
      const pool = await createPool(client);
      const before: string[] = [];
      for (let index = 0; index < count; index += 1) before.push(await guest(client, pool));
      const added: string[] = [];
      const shown = await listAll(client, pool, size, async () => added.push(await guest(client, pool)));
      // One is added after each page, so the listing may catch up with some of them, never mix them in.
      assert.deepEqual(shown, [...before, ...added].slice(0, shown.length));
      assert.ok(shown.length >= before.length);
    }),
    { numRuns: 15 },
  );
});

test('a deleted identity does not shift the pages', async (t) => {
  const { client } = await startEmulator(t);
  const pool = await createPool(client);
  const ids: string[] = [];
  for (let index = 0; index < 4; index += 1) ids.push(await guest(client, pool));
  let calls = 0;
  const shown = await listAll(client, pool, 2, async () => {
    calls += 1;
    if (calls === 1) await client.send(new DeleteIdentitiesCommand({ IdentityIdsToDelete: ids.slice(0, 2) }));
  });
  assert.deepEqual(shown, ids);
});

test('one that is added when the latest are deleted takes no place that a listing has passed', async (t) => {
  const { client } = await startEmulator(t);
  const pool = await createPool(client);
  const [first = '', ...others] = await Promise.all([
    guest(client, pool),
    guest(client, pool),
    guest(client, pool),
  ]);
  const { NextToken } = await client.send(new ListIdentitiesCommand({ IdentityPoolId: pool, MaxResults: 2 }));
  await client.send(new DeleteIdentitiesCommand({ IdentityIdsToDelete: [first, ...others] }));
  const added = await guest(client, pool);
  const rest = await client.send(
    new ListIdentitiesCommand({ IdentityPoolId: pool, MaxResults: 2, NextToken }),
  );
  assert.deepEqual(
    rest.Identities?.map(({ IdentityId }) => IdentityId),
    [added],
  );
});

test('a pagination token that was altered, or is for another listing, is refused', async (t) => {
  const { client } = await startEmulator(t);
  const IdentityPoolId = await createPool(client);
  await guest(client, IdentityPoolId);
  await guest(client, IdentityPoolId);
  const list = (more: object) =>
    client.send(new ListIdentitiesCommand({ IdentityPoolId, MaxResults: 1, ...more }));
  const { NextToken = '' } = await list({});
  const refused = awsError('InvalidParameterException');
  for (let index = 0; index < NextToken.length; index += 7) {
    const other = NextToken[index] === 'A' ? 'B' : 'A';
    await assert.rejects(
      list({ NextToken: NextToken.slice(0, index) + other + NextToken.slice(index + 1) }),
      refused,
    );
  }
  await assert.rejects(list({ NextToken: 'AAAA' }), refused);
  await assert.rejects(list({ NextToken, HideDisabled: true }), refused);
  const elsewhere = { IdentityPoolId: await createPool(client), NextToken };
  await assert.rejects(list(elsewhere), refused);
  const { client: stranger } = await startEmulator(t);
  const strangerPool = await createPool(stranger);
  await assert.rejects(
    stranger.send(new ListIdentitiesCommand({ IdentityPoolId: strangerPool, MaxResults: 1, NextToken })),
    refused,
  );
  assert.equal((await list({ NextToken })).Identities?.length, 1);
});

test('disabled identities are listed unless they are hidden', async (t) => {
  const { client } = await startEmulator(t);
  const IdentityPoolId = await createPool(client);
  const ada = await logIn(client, IdentityPoolId, 'ada');
  const bob = await logIn(client, IdentityPoolId, 'bob');
  await client.send(
    new MergeDeveloperIdentitiesCommand({
      IdentityPoolId,
      DeveloperProviderName: provider,
      SourceUserIdentifier: 'ada',
      DestinationUserIdentifier: 'bob',
    }),
  );
  const list = async (HideDisabled?: boolean) => {
    const command = new ListIdentitiesCommand({ IdentityPoolId, MaxResults: 60, HideDisabled });
    return (await client.send(command)).Identities?.map((identity) => identity.IdentityId);
  };
  assert.deepEqual(await list(), [ada.IdentityId, bob.IdentityId]);
  assert.deepEqual(await list(false), [ada.IdentityId, bob.IdentityId]);
  assert.deepEqual(await list(true), [bob.IdentityId]);
});

test('identities are deleted, those that are not there are named, and their users are new ones', async (t) => {
  const { emulator, client } = await startEmulator(t);
  const pool = await createPool(client);
  const { IdentityId } = await logIn(client, pool, 'ada');
  const absent = 'us-east-1:00000000-0000-0000-0000-000000000000';
  const europe = clientOf(emulator.endpoint, { region: 'eu-west-1' });
  t.after(() => europe.destroy());
  const foreign = await guest(europe, await createPool(europe));
  const remove = new DeleteIdentitiesCommand({ IdentityIdsToDelete: [IdentityId, absent, foreign] });
  const { UnprocessedIdentityIds } = await client.send(remove);
  assert.deepEqual(UnprocessedIdentityIds, [
    { IdentityId: absent, ErrorCode: 'AccessDenied' },
    { IdentityId: foreign, ErrorCode: 'AccessDenied' },
  ]);
  await europe.send(new DescribeIdentityCommand({ IdentityId: foreign }));
  await assert.rejects(
    client.send(new DescribeIdentityCommand({ IdentityId })),
    awsError('ResourceNotFoundException'),
  );
  await assert.rejects(
    client.send(new GetOpenIdTokenCommand({ IdentityId })),
    awsError('ResourceNotFoundException'),
  );
  assert.notEqual((await logIn(client, pool, 'ada')).IdentityId, IdentityId);
});
