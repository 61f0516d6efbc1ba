import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  DescribeIdentityPoolCommand,
  GetIdentityPoolRolesCommand,
  ListIdentitiesCommand,
  ListIdentityPoolsCommand,
  MergeDeveloperIdentitiesCommand,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity';
import type { RequestEntry } from '../../emulator/request-log.ts';
import { awsError, createPool, frozenAt, logIn, provider, startEmulator } from '../support/emulator.ts';

type Time = { now: number };

async function start(t: TestContext) {
  const { emulator, client } = await startEmulator(t);
  const call = async <Body>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ) => {
    const init = { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) };
    const response = await fetch(`${emulator.endpoint}/_emulator/${path}`, init);
    return { status: response.status, body: (await response.json()) as Body };
  };
  return { emulator, client, call };
}

test('it tells that it is well, and that it knows no other path', async (t) => {
  const { call } = await start(t);
  assert.deepEqual(await call('GET', 'health'), { status: 200, body: { status: 'ok' } });
  assert.equal((await call('GET', 'nothing')).status, 400);
  assert.equal((await call('POST', 'health')).status, 400);
});

test('a web page cannot reach the controls', async (t) => {
  const { client, call } = await start(t);
  await createPool(client);
  const { status } = await call('POST', 'reset', undefined, { origin: 'https://evil.example' });
  assert.equal(status, 400);
  const { IdentityPools } = await client.send(new ListIdentityPoolsCommand({ MaxResults: 1 }));
  assert.equal(IdentityPools?.length, 1);
});

test('the clock is frozen, moved and let go', async (t) => {
  const { emulator, call } = await start(t);
  const frozen = await call('POST', 'clock', { freeze: '2030-01-01T00:00:00Z', advance: 90 });
  assert.deepEqual(frozen.body, { now: 1893456090, iso: '2030-01-01T00:01:30.000Z' });
  assert.equal(emulator.clock.now(), 1893456090_000);
  assert.equal((await call<Time>('POST', 'clock', { freeze: frozenAt })).body.now, frozenAt);
  assert.equal((await call<Time>('GET', 'clock')).body.now, frozenAt);
  await call('POST', 'clock', { freeze: true });
  assert.equal(emulator.clock.now(), frozenAt * 1000);
  for (const body of [{ freeze: 'soon' }, { advance: '1' }, { x: 60 }, [], 1]) {
    assert.equal((await call('POST', 'clock', body)).status, 400);
  }
  t.mock.timers.enable({ apis: ['Date'], now: 5000 });
  assert.equal((await call<Time>('DELETE', 'clock')).body.now, 5);
});

test('faults are set, listed and taken away', async (t) => {
  const { client, call } = await start(t);
  const fault = { operation: 'ListIdentityPools', error: 'TooManyRequestsException', count: 1 };
  assert.deepEqual((await call('POST', 'faults', [fault, { operation: '*', delay: 1 }])).status, 200);
  const list = new ListIdentityPoolsCommand({ MaxResults: 1 });
  await assert.rejects(client.send(list), awsError('TooManyRequestsException'));
  assert.deepEqual((await call('GET', 'faults')).body, [{ operation: '*', delay: 1 }]);
  const wrong = [fault, { operation: 'GetId', error: 'NoSuchException' }];
  assert.equal((await call('POST', 'faults', wrong)).status, 400);
  assert.equal((await call<unknown[]>('GET', 'faults')).body.length, 1);
  await call('DELETE', 'faults');
  assert.deepEqual((await call('GET', 'faults')).body, []);
});

test('requests are remembered without what they carried', async (t) => {
  const { client, call } = await start(t);
  const pool = await createPool(client);
  await assert.rejects(logIn(client, 'us-east-1:0', 'ada'));
  await call('DELETE', 'requests');
  await logIn(client, pool, 'ada');
  await assert.rejects(logIn(client, 'us-east-1:0', 'ada'));
  const { body } = await call<RequestEntry[]>('GET', 'requests');
  const seen = body.map((entry) => [entry.operation, entry.status, entry.error]);
  assert.deepEqual(seen, [
    ['GetOpenIdTokenForDeveloperIdentity', 200, undefined],
    ['GetOpenIdTokenForDeveloperIdentity', 400, 'ResourceNotFoundException'],
  ]);
  assert.equal(body[0]?.time, frozenAt * 1000);
  assert.doesNotMatch(JSON.stringify(body), /ada|eyJ/);
});

test('a reset forgets all but the keys', async (t) => {
  const { emulator, client, call } = await start(t);
  await createPool(client);
  emulator.faults.add({ operation: 'GetId', drop: true });
  const keys = () => fetch(`${emulator.endpoint}/.well-known/jwks_uri`).then((answer) => answer.text());
  const before = await keys();
  await call('POST', 'reset');
  const { IdentityPools } = await client.send(new ListIdentityPoolsCommand({ MaxResults: 60 }));
  assert.deepEqual([IdentityPools, emulator.faults.list()], [[], []]);
  assert.notEqual(emulator.clock.now(), frozenAt * 1000);
  assert.equal(await keys(), before);
});

test('a state that was exported is the same in another emulator', async (t) => {
  const { client, call } = await start(t);
  const oidcArn = 'arn:aws:iam::000000000000:oidc-provider/idp.example';
  const IdentityPoolId = await createPool(client, { OpenIdConnectProviderARNs: [oidcArn] });
  const Roles = { authenticated: 'arn:aws:iam::000000000000:role/user' };
  await client.send(new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles }));
  await logIn(client, IdentityPoolId, 'ada');
  const { IdentityId } = await logIn(client, IdentityPoolId, 'bob');
  const users = { SourceUserIdentifier: 'ada', DestinationUserIdentifier: 'bob' };
  const merge = { IdentityPoolId, DeveloperProviderName: provider, ...users };
  await client.send(new MergeDeveloperIdentitiesCommand(merge));
  const { body: state } = await call('GET', 'state');

  const other = await start(t);
  await createPool(other.client);
  assert.equal((await other.call('PUT', 'state', state)).status, 200);
  assert.deepEqual((await other.call('GET', 'state')).body, state);
  assert.equal((await logIn(other.client, IdentityPoolId, 'ada')).IdentityId, IdentityId);
  const list = new ListIdentitiesCommand({ IdentityPoolId, MaxResults: 60 });
  assert.equal((await other.client.send(list)).Identities?.length, 2);
  const roles = await other.client.send(new GetIdentityPoolRolesCommand({ IdentityPoolId }));
  assert.deepEqual(roles.Roles, Roles);
});

test('a state that cannot be is refused whole', async (t) => {
  const { client, call } = await start(t);
  const kept = await createPool(client);
  const pool = {
    IdentityPoolId: 'us-east-1:1',
    IdentityPoolName: 'p',
    AllowUnauthenticatedIdentities: false,
  };
  const identity = { IdentityId: 'us-east-1:2', IdentityPoolId: pool.IdentityPoolId };
  const Logins = [{ Provider: provider, User: 'ada' }];
  const developers = { ...pool, DeveloperProviderName: provider };
  const users = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ Provider: provider, User: `user${index}` }));
  const refused = [
    { pools: [{ ...pool, IdentityPoolId: '!' }] },
    { pools: [pool, pool] },
    { pools: [{ ...pool, Roles: { admin: 'x' } }] },
    { pools: [pool], identities: [{ ...identity, IdentityPoolId: 'us-east-1:9' }] },
    { pools: [pool], identities: [{ IdentityId: 'us-east-1:2' }] },
    { pools: [pool], identities: [identity, identity] },
    { pools: [pool], identities: [{ ...identity, CreationDate: 'today' }] },
    { pools: [pool], identities: [{ ...identity, Disabled: true, Logins }] },
    { pools: [pool], identities: [{ ...identity, Logins: [...Logins, ...Logins] }] },
    { pools: [pool], identities: [{ ...identity, Logins: [{ Provider: provider }] }] },
    { pools: [pool], identities: [{ ...identity, Login: Logins }] },
    { pool: [pool] },
    { pools: [{ ...pool, DeveloperProvider: provider }] },
    { pools: [{ ...pool, AccountId: 'mine' }] },
    { pools: [{ ...pool, PrincipalTagMaps: { 'idp.example': { PrincipalTags: 1 } } }] },
    { pools: [pool], identities: [{ ...identity, IdentityId: 'eu-west-1:2' }] },
    {
      pools: [pool],
      identities: [{ ...identity, Logins: [...Logins, { Provider: provider, User: 'bob' }] }],
    },
    { pools: [developers], identities: [{ ...identity, Logins: users(21) }] },
    [],
  ];
  for (const state of refused)
    assert.equal((await call('PUT', 'state', state)).status, 400, JSON.stringify(state));
  await client.send(new DescribeIdentityPoolCommand({ IdentityPoolId: kept }));
  assert.equal(
    (await call('PUT', 'state', { pools: [developers], identities: [{ ...identity, Logins: users(20) }] }))
      .status,
    200,
  );
});
