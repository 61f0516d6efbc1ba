import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CognitoIdentityClient,
  CreateIdentityPoolCommand,
  DescribeIdentityCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  UnlinkDeveloperIdentityCommand,
} from '@aws-sdk/client-cognito-identity';
import { decodeJwt, generateKeyPair, SignJWT } from 'jose';
import { openTable } from '../../lib/table.ts';
import { addUser } from '../../lib/users.ts';
import { developerProviderName, demoPassword as password, region, tableName } from '../../local/settings.ts';
import { credentialsFor, guest, verify } from '../support/cognito.ts';
import { post, testStack } from '../support/stack.ts';

const { apiUrl, cognito, dynamodbUrl, identityPoolId } = await testStack();
const { endpoint } = cognito;
const table = openTable(tableName, region, dynamodbUrl);
const cognitoClient = new CognitoIdentityClient({ endpoint, region });

const newUser = async () => {
  const { username } = await addUser(table, { username: `user-${crypto.randomUUID()}`, password });
  return { username, password };
};
const login = (body: unknown) => post(`${apiUrl}/login`, body);
const loginsOf = async (identityId: string) =>
  (await cognitoClient.send(new DescribeIdentityCommand({ IdentityId: identityId }))).Logins ?? [];

/** Links a user to the identity and unlinks them again: without a last login it is disabled for good. */
const disable = async (identityId: string) => {
  const pool = { IdentityPoolId: identityPoolId, IdentityId: identityId };
  const Logins = { [developerProviderName]: 'somebody' };
  await cognitoClient.send(new GetOpenIdTokenForDeveloperIdentityCommand({ ...pool, Logins }));
  await cognitoClient.send(
    new UnlinkDeveloperIdentityCommand({
      ...pool,
      DeveloperProviderName: developerProviderName,
      DeveloperUserIdentifier: 'somebody',
    }),
  );
};

/** The login is refused for its guest token, and the guest is still one. */
const assertRefused = async (guestToken: string, identityId: string) => {
  const { status, body } = await login({ ...(await newUser()), guestToken });
  assert.deepEqual([status, body.code], [400, 'invalid_guest_token']);
  assert.deepEqual(await loginsOf(identityId), []);
};

test('a guest becomes the new user, with its identity and all that is kept under it', async () => {
  const { identityId, token: guestToken } = await guest(endpoint, identityPoolId);
  const user = await newUser();
  const { status, body } = await login({ ...user, guestToken });
  assert.deepEqual([status, body.identityId, body.guest], [200, identityId, 'linked']);
  assert.equal((await verify(endpoint, identityPoolId, body.token ?? '')).sub, identityId);
  assert.ok((await credentialsFor(endpoint, identityId, body.token ?? '')).AccessKeyId);

  const again = await login({ ...user, guestToken });
  assert.deepEqual([again.body.identityId, again.body.guest], [identityId, 'linked']);
  const without = await login(user);
  assert.deepEqual([without.body.identityId, without.body.guest], [identityId, undefined]);
});

test('a user with an identity of their own keeps it, and the guest is left as it is', async () => {
  const user = await newUser();
  const own = await login(user);
  const { identityId, token: guestToken } = await guest(endpoint, identityPoolId);
  const { status, body } = await login({ ...user, guestToken });
  assert.deepEqual([status, body.identityId, body.guest], [200, own.body.identityId, 'kept-separate']);
  assert.deepEqual(await loginsOf(identityId), []);
});

for (const error of ['ResourceConflictException', 'ResourceNotFoundException'] as const) {
  test(`a guest that Cognito refuses with ${error} is left alone, and the user logs in`, async () => {
    const { identityId, token: guestToken } = await guest(endpoint, identityPoolId);
    cognito.faults.add({ operation: 'GetOpenIdTokenForDeveloperIdentity', error, count: 1 });
    const { status, body } = await login({ ...(await newUser()), guestToken });
    assert.deepEqual([status, body.guest], [200, 'kept-separate']);
    assert.notEqual(body.identityId, identityId);
    assert.deepEqual(await loginsOf(identityId), []);
  });
}

test('a guest whose identity was disabled is left alone, and the user logs in', async () => {
  const { identityId, token: guestToken } = await guest(endpoint, identityPoolId);
  await disable(identityId);
  const { status, body } = await login({ ...(await newUser()), guestToken });
  assert.deepEqual([status, body.guest], [200, 'kept-separate']);
  assert.notEqual(body.identityId, identityId);
});

test("a guest token kept after its guest signed in opens nothing for the device's next user", async () => {
  const { identityId, token: guestToken } = await guest(endpoint, identityPoolId);
  const first = await login({ ...(await newUser()), guestToken });
  assert.equal(first.body.guest, 'linked');
  const next = await login({ ...(await newUser()), guestToken });
  assert.deepEqual([next.status, next.body.guest], [200, 'kept-separate']);
  assert.notEqual(next.body.identityId, identityId);
});

test('a wrong password links no guest', async () => {
  const { identityId, token: guestToken } = await guest(endpoint, identityPoolId);
  const { status } = await login({ ...(await newUser()), password: 'wrong', guestToken });
  assert.equal(status, 401);
  assert.deepEqual(await loginsOf(identityId), []);
});

test('an identityId, of a guest or of somebody else, is no proof and no member', async () => {
  const { identityId } = await guest(endpoint, identityPoolId);
  const named = await login({ ...(await newUser()), identityId });
  assert.deepEqual([named.status, named.body.code], [400, 'invalid_request']);
  await assertRefused(identityId, identityId);
});

test('a forged guest token links nothing', async () => {
  const { identityId, token } = await guest(endpoint, identityPoolId);
  const { privateKey } = await generateKeyPair('RS512');
  const claims = decodeJwt(token);
  const [header = '', , signature = ''] = token.split('.');
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const kid = JSON.parse(Buffer.from(header, 'base64url').toString()).kid;
  const jwks = await (await fetch(`${endpoint}/.well-known/jwks_uri`)).text();
  const forgeries = {
    'another key': await new SignJWT(claims).setProtectedHeader({ alg: 'RS512', kid }).sign(privateKey),
    'alg none': `${encode({ alg: 'none' })}.${encode(claims)}.`,
    'the public key as an HMAC secret': await new SignJWT(claims)
      .setProtectedHeader({ alg: 'HS256', kid })
      .sign(new TextEncoder().encode(jwks)),
    'other claims under a true signature': `${header}.${encode({ ...claims, sub: 'us-east-1:0' })}.${signature}`,
    'no token at all': 'guest',
  };
  for (const [name, forgery] of Object.entries(forgeries)) {
    await test(name, () => assertRefused(forgery, identityId));
  }
});

test('an expired guest token links nothing', async () => {
  cognito.clock.advance(-601_000);
  const { identityId, token } = await guest(endpoint, identityPoolId);
  cognito.clock.reset();
  await assertRefused(token, identityId);
});

test("another pool's guest token links nothing", async () => {
  const { IdentityPoolId = '' } = await cognitoClient.send(
    new CreateIdentityPoolCommand({ IdentityPoolName: 'other', AllowUnauthenticatedIdentities: true }),
  );
  const { identityId, token } = await guest(endpoint, IdentityPoolId);
  await verify(endpoint, IdentityPoolId, token);
  await assertRefused(token, identityId);
});

test("a signed-in user's token is no guest token", async () => {
  const victim = await login(await newUser());
  const { status, body } = await login({ ...(await newUser()), guestToken: victim.body.token });
  assert.deepEqual([status, body.code], [400, 'invalid_guest_token']);
});
