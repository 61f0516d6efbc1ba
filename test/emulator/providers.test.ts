import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import {
  DeleteIdentityPoolCommand,
  GetOpenIdTokenCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  MergeDeveloperIdentitiesCommand,
  SetPrincipalTagAttributeMapCommand,
  UnlinkIdentityCommand,
} from '@aws-sdk/client-cognito-identity';
import { decodeJwt, generateKeyPair } from 'jose';
import { awsError, createPool, frozenAt, logIn, provider, startEmulator } from '../support/emulator.ts';
import {
  getId,
  googleToken,
  keySet,
  oidc,
  oidcArn,
  oidcToken,
  settings,
  sign,
  signForEver,
  startWithProviders,
  userPool,
  userPoolToken,
} from '../support/providers.ts';

test('a verified login has the same identity for ever, and its token names provider and subject', async (t) => {
  const { client, pool } = await startWithProviders(t);
  const logins: [string, string, string][] = [
    ['accounts.google.com', await googleToken(), 'accounts.google.com:google-app:ada'],
    [oidc, await oidcToken(), `${oidcArn}:OIDC:ada`],
    [userPool, await userPoolToken(), `${userPool}:CognitoSignIn:ada`],
  ];
  for (const [name, token, subject] of logins) {
    const Logins = { [name]: token };
    const { IdentityId } = await getId(client, pool, Logins);
    assert.equal((await getId(client, pool, Logins)).IdentityId, IdentityId);
    const { Token = '' } = await client.send(new GetOpenIdTokenCommand({ IdentityId, Logins }));
    assert.deepEqual(decodeJwt(Token).amr, ['authenticated', name, subject]);
  }
});

test('a false token is refused in the words of the real service', async (t) => {
  const { client, pool } = await startWithProviders(t);
  const { privateKey: stranger } = await generateKeyPair('RS256');
  const { Token: cognitoToken } = await logIn(client, pool, 'ada');
  const iss = `https://${oidc}`;
  const forEver = await signForEver({ iss, aud: 'x' });
  const expired = `Token expired: ${frozenAt - 1} >= ${frozenAt}`;
  const cases: [string, string, string][] = [
    [oidc, await sign({ iss: 'https://other.example', aud: 'x' }), "Issuer doesn't match providerName"],
    [oidc, await sign({ iss }), 'Missing a required claim: aud'],
    [oidc, await sign({ iss, aud: 'x' }, stranger), "Couldn't verify signed token."],
    [oidc, await oidcToken({ exp: frozenAt - 1 }), expired],
    [oidc, forEver, "Couldn't verify signed token."],
    [oidc, 'EAAG-an-opaque-token', 'Not a valid OpenId Connect identity token.'],
    ['cognito-identity.amazonaws.com', cognitoToken, "Can't pass in a Cognito token."],
  ];
  for (const [name, token, reason] of cases) {
    const error = awsError('NotAuthorizedException', `Invalid login token. ${reason}`);
    await assert.rejects(getId(client, pool, { [name]: token }), error);
  }
});

test('a token for another application is refused', async (t) => {
  const { client, pool } = await startWithProviders(t);
  const google = { 'accounts.google.com': await googleToken({ aud: 'other' }) };
  await assert.rejects(getId(client, pool, google), awsError('NotAuthorizedException'));
  const unsupported = 'Token is not from a supported provider of this identity pool.';
  const otherClient = { [userPool]: await userPoolToken({ aud: 'other' }) };
  await assert.rejects(getId(client, pool, otherClient), awsError('NotAuthorizedException', unsupported));
  const unknown = { 'unknown.example': await oidcToken() };
  await assert.rejects(getId(client, pool, unknown), awsError('NotAuthorizedException', unsupported));
});

test('the developer provider is no public provider', async (t) => {
  const { client, pool } = await startWithProviders(t);
  await assert.rejects(
    getId(client, pool, { [provider]: 'ada' }),
    awsError('InvalidParameterException', 'Please provide a valid public provider.'),
  );
});

test('a provider without keys is refused, and says how to give it some', async (t) => {
  const { client } = await startEmulator(t);
  const pool = await createPool(client, settings);
  await assert.rejects(getId(client, pool, { [oidc]: await oidcToken() }), /see --provider/);
});

test('keys that cannot be fetched are a failure of the provider, not of the token', async (t) => {
  const { client } = await startEmulator(t, { providers: { [oidc]: 'http://127.0.0.1:1/keys' } });
  const pool = await createPool(client, settings);
  await assert.rejects(
    getId(client, pool, { [oidc]: await oidcToken() }),
    awsError('ExternalServiceException'),
  );
});

test('a pool that goes while a token is verified is not found, and takes nobody', async (t) => {
  const server = createServer(async (_, response) => {
    await client.send(new DeleteIdentityPoolCommand({ IdentityPoolId: pool }));
    response.end(JSON.stringify(keySet));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  t.after(() => server.close());
  const keys = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`;
  const { client } = await startEmulator(t, { providers: { [oidc]: keys } });
  const pool = await createPool(client, settings);
  const Logins = { [provider]: 'ada', [oidc]: await oidcToken() };
  await assert.rejects(
    client.send(new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId: pool, Logins })),
    awsError('ResourceNotFoundException'),
  );
});

test('two logins of one visit share an identity; two of known users conflict', async (t) => {
  const { client, pool } = await startWithProviders(t);
  const google = { 'accounts.google.com': await googleToken() };
  const other = { [oidc]: await oidcToken() };
  const { IdentityId } = await getId(client, pool, { ...google, ...other });
  assert.equal((await getId(client, pool, other)).IdentityId, IdentityId);
  const bob = { [userPool]: await userPoolToken({ sub: 'bob' }) };
  await getId(client, pool, bob);
  await assert.rejects(getId(client, pool, { ...google, ...bob }), awsError('ResourceConflictException'));
  const secondGoogle = { 'accounts.google.com': await googleToken({ sub: 'bob' }) };
  await assert.rejects(
    getId(client, pool, { ...other, ...secondGoogle }),
    awsError('ResourceConflictException'),
  );
});

test('a guest who signs in keeps the identity, or becomes the one the login had', async (t) => {
  const { client, pool } = await startWithProviders(t);
  const Logins = { [oidc]: await oidcToken() };
  const getToken = (IdentityId?: string, logins?: Record<string, string>) =>
    client.send(new GetOpenIdTokenCommand({ IdentityId, Logins: logins }));
  const first = await getId(client, pool, {});
  assert.equal((await getToken(first.IdentityId, Logins)).IdentityId, first.IdentityId);
  const second = await getId(client, pool, {});
  assert.equal((await getToken(second.IdentityId, Logins)).IdentityId, first.IdentityId);
  const forbidden = `Access to Identity '${second.IdentityId}' is forbidden.`;
  await assert.rejects(getToken(second.IdentityId), awsError('NotAuthorizedException', forbidden));
  await assert.rejects(
    getToken(first.IdentityId),
    awsError(
      'NotAuthorizedException',
      "Logins don't match. Please include at least one valid login for this identity or identity pool.",
    ),
  );
});

test('a public login is unlinked by whoever shows a login of the identity', async (t) => {
  const { client, pool } = await startWithProviders(t);
  const google = { 'accounts.google.com': await googleToken() };
  const other = { [oidc]: await oidcToken() };
  const { IdentityId } = await getId(client, pool, { ...google, ...other });
  const unlink = (Logins: Record<string, string>, ...LoginsToRemove: string[]) =>
    client.send(new UnlinkIdentityCommand({ IdentityId, Logins, LoginsToRemove }));
  const stranger = { [oidc]: await oidcToken({ sub: 'bob' }) };
  await assert.rejects(unlink(stranger, oidc), awsError('NotAuthorizedException'));
  await assert.rejects(unlink(google, userPool), awsError('ResourceNotFoundException'));
  await assert.rejects(unlink(google, provider), awsError('InvalidParameterException'));
  await unlink(google, oidc);
  assert.notEqual((await getId(client, pool, other)).IdentityId, IdentityId);
  assert.equal((await getId(client, pool, google)).IdentityId, IdentityId);
  await unlink(google, 'accounts.google.com');
  const forbidden = awsError('NotAuthorizedException', `Access to Identity '${IdentityId}' is forbidden.`);
  await assert.rejects(client.send(new GetOpenIdTokenCommand({ IdentityId })), forbidden);
});

test('public logins beside a developer login are linked to the same identity', async (t) => {
  const { client, pool } = await startWithProviders(t);
  const google = { 'accounts.google.com': await googleToken() };
  const both = { [provider]: 'ada', ...google };
  const command = new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId: pool, Logins: both });
  const { IdentityId, Token = '' } = await client.send(command);
  assert.equal((await getId(client, pool, google)).IdentityId, IdentityId);
  assert.equal((await logIn(client, pool, 'ada')).IdentityId, IdentityId);
  assert.deepEqual(decodeJwt(Token).amr, [
    'authenticated',
    provider,
    `${provider}:${pool}:ada`,
    'accounts.google.com',
    'accounts.google.com:google-app:ada',
  ]);
  const merge = new MergeDeveloperIdentitiesCommand({
    IdentityPoolId: pool,
    DeveloperProviderName: provider,
    SourceUserIdentifier: 'bob',
    DestinationUserIdentifier: 'ada',
  });
  const bob = { [provider]: 'bob', 'accounts.google.com': await googleToken({ sub: 'bob' }) };
  await client.send(new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId: pool, Logins: bob }));
  await assert.rejects(client.send(merge), awsError('ResourceConflictException'));
});

test("a provider's claims become principal tags", async (t) => {
  const { client, pool } = await startWithProviders(t);
  const map = {
    IdentityPoolId: pool,
    IdentityProviderName: oidc,
    PrincipalTags: { dept: 'department', no: 'none' },
  };
  await client.send(new SetPrincipalTagAttributeMapCommand(map));
  const Logins = { [oidc]: await oidcToken({ department: 'sales' }) };
  const { IdentityId } = await getId(client, pool, Logins);
  const { Token = '' } = await client.send(new GetOpenIdTokenCommand({ IdentityId, Logins }));
  assert.deepEqual(decodeJwt(Token)['https://aws.amazon.com/tags'], { principal_tags: { dept: ['sales'] } });
});
