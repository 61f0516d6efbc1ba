import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  CreateIdentityPoolCommand,
  DescribeIdentityCommand,
  DescribeIdentityPoolCommand,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  GetOpenIdTokenCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  ListIdentityPoolsCommand,
  LookupDeveloperIdentityCommand,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity';
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose';
import { createEmulator, type EmulatorOptions } from '../../emulator/server.ts';
import {
  awsError,
  clientOf,
  createPool,
  frozenAt,
  getJson,
  logIn,
  provider,
  startEmulator,
} from '../support/emulator.ts';

const role = 'arn:aws:iam::000000000000:role/user';

test('a developer user signs in and gets a token that the published keys verify', async (t) => {
  const { emulator, client } = await startEmulator(t);
  const pool = await createPool(client);
  const { IdentityId, Token } = await logIn(client, pool, 'ada', { PrincipalTags: { plan: 'gold' } });
  assert.match(IdentityId, /^us-east-1:[0-9a-f-]{36}$/);
  assert.deepEqual(decodeProtectedHeader(Token), { kid: 'us-east-11', typ: 'JWS', alg: 'RS512' });

  const discovery = await getJson(`${emulator.endpoint}/.well-known/openid-configuration`);
  const keys = createRemoteJWKSet(new URL(discovery.jwks_uri ?? ''));
  const { payload } = await jwtVerify(Token, keys, {
    issuer: 'https://cognito-identity.amazonaws.com',
    audience: pool,
    algorithms: ['RS512'],
    currentDate: new Date(frozenAt * 1000),
  });
  assert.deepEqual(payload, {
    sub: IdentityId,
    aud: pool,
    amr: ['authenticated', provider, `${provider}:${pool}:ada`],
    iss: discovery.issuer,
    'https://cognito-identity.amazonaws.com/identity-pool-arn': `arn:aws:cognito-identity:us-east-1:000000000000:identitypool/${pool}`,
    'https://aws.amazon.com/tags': { principal_tags: { plan: ['gold'] } },
    iat: frozenAt,
    exp: frozenAt + 900,
  });
  assert.equal((await logIn(client, pool, 'ada')).IdentityId, IdentityId);
});

test('the enhanced flow turns the token into credentials of the authenticated role', async (t) => {
  const { client } = await startEmulator(t);
  const pool = await createPool(client);
  const { IdentityId, Token } = await logIn(client, pool, 'ada');
  const Logins = { 'cognito-identity.amazonaws.com': Token };
  const credentials = new GetCredentialsForIdentityCommand({ IdentityId, Logins });
  await assert.rejects(
    client.send(credentials),
    awsError(
      'InvalidIdentityPoolConfigurationException',
      'Invalid identity pool configuration. Check assigned IAM roles for this pool.',
    ),
  );
  await client.send(
    new SetIdentityPoolRolesCommand({ IdentityPoolId: pool, Roles: { authenticated: role } }),
  );
  const { Credentials } = await client.send(credentials);
  assert.match(Credentials?.AccessKeyId ?? '', /^ASIA[A-Z2-7]{16}$/);
  assert.equal(Credentials?.Expiration?.getTime(), (frozenAt + 3600) * 1000);
});

test('a client in a process with a mocked Date works, and the emulator follows that Date', async (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: Date.UTC(2030, 0, 1) });
  const { emulator, client } = await startEmulator(t);
  emulator.clock.reset();
  const pool = await createPool(client);
  const { IdentityId } = await logIn(client, pool, 'ada');
  const { CreationDate } = await client.send(new DescribeIdentityCommand({ IdentityId }));
  assert.equal(CreationDate?.getTime(), Date.UTC(2030, 0, 1));
});

test('a process whose timers are mocked is answered all the same', async (t) => {
  const { emulator, client } = await startEmulator(t);
  const IdentityPoolId = await createPool(client);
  t.mock.timers.enable();
  const answer = await fetch(emulator.endpoint, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityService.GetId',
    },
    body: JSON.stringify({ IdentityPoolId }),
  });
  assert.equal(answer.status, 200);
});

test('a guest has an identity, a token of ten minutes and the unauthenticated mark', async (t) => {
  const { client } = await startEmulator(t);
  const pool = await createPool(client);
  const { IdentityId } = await client.send(new GetIdCommand({ IdentityPoolId: pool }));
  const { Token = '' } = await client.send(new GetOpenIdTokenCommand({ IdentityId }));
  const claims = JSON.parse(Buffer.from(Token.split('.')[1] ?? '', 'base64url').toString());
  assert.deepEqual(claims.amr, ['unauthenticated']);
  assert.equal(claims.exp - claims.iat, 600);
});

test('an expired developer token is refused in the words of the real service', async (t) => {
  const { emulator, client } = await startEmulator(t);
  const pool = await createPool(client);
  const { IdentityId, Token } = await logIn(client, pool, 'ada', { TokenDuration: 60 });
  emulator.clock.advance(61_000);
  const Logins = { 'cognito-identity.amazonaws.com': Token };
  await assert.rejects(
    client.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins })),
    awsError(
      'NotAuthorizedException',
      `Invalid login token. Token expired: ${frozenAt + 60} >= ${frozenAt + 61}`,
    ),
  );
});

test('pools are described, listed in pages, and missing ones reported', async (t) => {
  const { client } = await startEmulator(t);
  const { $metadata: _, ...created } = await client.send(
    new CreateIdentityPoolCommand({ IdentityPoolName: 'one', AllowUnauthenticatedIdentities: false }),
  );
  const { $metadata: __, ...described } = await client.send(
    new DescribeIdentityPoolCommand({ IdentityPoolId: created.IdentityPoolId }),
  );
  assert.deepEqual(described, created);
  await createPool(client, { IdentityPoolName: 'two' });
  const first = await client.send(new ListIdentityPoolsCommand({ MaxResults: 1 }));
  const { NextToken } = first;
  const second = await client.send(new ListIdentityPoolsCommand({ MaxResults: 1, NextToken }));
  const names = [first, second].flatMap((page) => page.IdentityPools?.map((pool) => pool.IdentityPoolName));
  assert.deepEqual(names, ['one', 'two']);
  assert.equal(second.NextToken, undefined);
  const IdentityPoolId = 'us-east-1:00000000-0000-0000-0000-000000000000';
  await assert.rejects(
    client.send(new DescribeIdentityPoolCommand({ IdentityPoolId })),
    awsError('ResourceNotFoundException', `IdentityPool '${IdentityPoolId}' not found.`),
  );
});

test('a lookup finds the identity of a user, the users of an identity, and checks a pair', async (t) => {
  const { client } = await startEmulator(t);
  const IdentityPoolId = await createPool(client);
  const { IdentityId } = await logIn(client, IdentityPoolId, 'ada');
  const lookUp = (more: object) =>
    client.send(new LookupDeveloperIdentityCommand({ IdentityPoolId, ...more }));
  for (const given of [
    { DeveloperUserIdentifier: 'ada' },
    { IdentityId },
    { IdentityId, DeveloperUserIdentifier: 'ada' },
  ]) {
    const { $metadata: _, ...found } = await lookUp(given);
    assert.deepEqual(found, { IdentityId, DeveloperUserIdentifierList: ['ada'] });
  }
  await assert.rejects(lookUp({ DeveloperUserIdentifier: 'bob' }), awsError('ResourceNotFoundException'));
  const pair = { IdentityId, DeveloperUserIdentifier: 'bob' };
  await assert.rejects(lookUp(pair), awsError('ResourceConflictException'));
});

test('a hundred parallel logins of one new user make one identity', async (t) => {
  const { client } = await startEmulator(t);
  const pool = await createPool(client);
  const logins = await Promise.all(Array.from({ length: 100 }, () => logIn(client, pool, 'ada')));
  assert.equal(new Set(logins.map((login) => login.IdentityId)).size, 1);
});

test('a pool without this developer provider refuses it', async (t) => {
  const { client } = await startEmulator(t);
  const IdentityPoolId = await createPool(client);
  const Logins = { 'other.example': 'ada' };
  await assert.rejects(
    client.send(new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId, Logins })),
    awsError(
      'InvalidParameterException',
      'This identity pool does not support the specified developer provider',
    ),
  );
});

test('a taken port and a data file in use are clear errors', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'emulator-'));
  t.after(() => rm(folder, { recursive: true }));
  const data = join(folder, 'data.sqlite');
  const { emulator } = await startEmulator(t, { data });
  const port = Number(new URL(emulator.endpoint).port);
  const start = async (options: EmulatorOptions) => (await createEmulator(options)).close();
  await assert.rejects(start({ port }), { code: 'EADDRINUSE' });
  await assert.rejects(start({ data }), /data\.sqlite is in use by another emulator/);
});

test('a restart keeps pools, identities and keys', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'emulator-'));
  t.after(() => rm(folder, { recursive: true }));
  const data = join(folder, 'data.sqlite');
  const first = await createEmulator({ data });
  const firstClient = clientOf(first.endpoint);
  const pool = await createPool(firstClient);
  const before = await logIn(firstClient, pool, 'ada');
  firstClient.destroy();
  await first.close();

  const { emulator, client } = await startEmulator(t, { data });
  emulator.clock.reset();
  assert.equal((await logIn(client, pool, 'ada')).IdentityId, before.IdentityId);
  const keys = createRemoteJWKSet(new URL(`${emulator.endpoint}/.well-known/jwks_uri`));
  await jwtVerify(before.Token, keys);
});
