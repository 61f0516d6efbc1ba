import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import model from '../../emulator/model.json' with { type: 'json' };
import { createEmulator, type Emulator } from '../../emulator/server.ts';

/** What any client of AWS can be asked: an operation by its wire name, its input and output as on the wire. */
export type Client = {
  /** The operations this client has; all of them when left out. */
  operations?: string[];
  call(operation: string, input: object): Promise<Record<string, unknown>>;
};

const oidc = 'idp.example';
const provider = 'login.example';
const roleArn = 'arn:aws:iam::000000000000:role/user';

export type Started = { emulator: Emulator; publicToken: string };

/** An emulator that knows a public provider, and a token of it. */
export async function start(t: TestContext): Promise<Started> {
  const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
  const keys = [{ ...(await exportJWK(publicKey)), alg: 'RS256' }];
  const emulator = await createEmulator({ providers: { [oidc]: { keys } } });
  t.after(() => emulator.close());
  const publicToken = await new SignJWT({ iss: `https://${oidc}`, aud: 'app', sub: 'ada' })
    .setProtectedHeader({ alg: 'RS256' })
    .setExpirationTime('1h')
    .sign(privateKey);
  return { emulator, publicToken };
}

/**
 * Calls every operation that the client has, at least once and with success, and asserts what matters.
 * The emulator's own request log tells afterwards that the calls really arrived.
 */
export async function playScenario({ emulator, publicToken }: Started, client: Client): Promise<void> {
  const has = (operation: string) => !client.operations || client.operations.includes(operation);
  const call: Call = async (operation, input) => (has(operation) ? client.call(operation, input) : {});

  const pool = {
    IdentityPoolName: 'clients',
    AllowUnauthenticatedIdentities: true,
    DeveloperProviderName: provider,
    OpenIdConnectProviderARNs: [`arn:aws:iam::000000000000:oidc-provider/${oidc}`],
  };
  const { IdentityPoolId } = await call('CreateIdentityPool', pool);
  assert.match(String(IdentityPoolId), /:[0-9a-f-]{36}$/);
  const described = await call('DescribeIdentityPool', { IdentityPoolId });
  assert.equal(described.DeveloperProviderName, provider);
  assert.equal(list(await call('ListIdentityPools', { MaxResults: 10 }), 'IdentityPools').length, 1);
  await call('UpdateIdentityPool', { ...pool, IdentityPoolId, IdentityPoolName: 'renamed' });

  await playDeveloper(call, IdentityPoolId);
  await playPublic(call, IdentityPoolId, publicToken);
  await playSettings(call, IdentityPoolId);
  if (has('GetCredentialsForIdentity')) await playCredentials(call, IdentityPoolId);

  const { Identities } = await call('ListIdentities', { IdentityPoolId, MaxResults: 60 });
  const ids = (Identities as { IdentityId: string }[]).map((identity) => identity.IdentityId);
  const { UnprocessedIdentityIds } = await call('DeleteIdentities', { IdentityIdsToDelete: ids });
  if (has('DeleteIdentities')) assert.deepEqual(UnprocessedIdentityIds, []);
  await call('DeleteIdentityPool', { IdentityPoolId });
  const missing = call('DescribeIdentityPool', { IdentityPoolId });
  await assert.rejects(missing, new RegExp(`IdentityPool '${IdentityPoolId}' not found`));
  await assertAllCalled(emulator.endpoint, client.operations ?? Object.keys(model.operations));
}

type Call = Client['call'];

async function playDeveloper(call: Call, IdentityPoolId: unknown): Promise<void> {
  const logIn = (user: string) =>
    call('GetOpenIdTokenForDeveloperIdentity', { IdentityPoolId, Logins: { [provider]: user } });
  const ada = await logIn('ada');
  const bob = await logIn('bob');
  assert.match(String(ada.Token), /^eyJ/);
  const at = { IdentityPoolId, DeveloperProviderName: provider };
  const users = { SourceUserIdentifier: 'ada', DestinationUserIdentifier: 'bob' };
  const merged = await call('MergeDeveloperIdentities', { ...at, ...users });
  assert.equal(merged.IdentityId, bob.IdentityId);
  const found = await call('LookupDeveloperIdentity', {
    IdentityPoolId,
    DeveloperUserIdentifier: 'ada',
    MaxResults: 10,
  });
  assert.deepEqual(found.DeveloperUserIdentifierList, ['ada', 'bob']);
  await call('UnlinkDeveloperIdentity', {
    ...at,
    IdentityId: bob.IdentityId,
    DeveloperUserIdentifier: 'ada',
  });
}

async function playPublic(call: Call, IdentityPoolId: unknown, publicToken: string): Promise<void> {
  const Logins = { [oidc]: publicToken };
  const { IdentityId } = await call('GetId', { AccountId: '000000000000', IdentityPoolId, Logins });
  const { Token } = await call('GetOpenIdToken', { IdentityId, Logins });
  assert.match(String(Token), /^eyJ/);
  await call('DescribeIdentity', { IdentityId });
  await call('UnlinkIdentity', { IdentityId, Logins, LoginsToRemove: [oidc] });
  await assert.rejects(call('GetOpenIdToken', { IdentityId }), /is forbidden/);
}

async function playSettings(call: Call, IdentityPoolId: unknown): Promise<void> {
  const [region] = String(IdentityPoolId).split(':');
  const ResourceArn = `arn:aws:cognito-identity:${region}:000000000000:identitypool/${IdentityPoolId}`;
  await call('TagResource', { ResourceArn, Tags: { team: 'a', stage: 'test' } });
  await call('UntagResource', { ResourceArn, TagKeys: ['stage'] });
  const { Tags = { team: 'a' } } = await call('ListTagsForResource', { ResourceArn });
  assert.deepEqual(Tags, { team: 'a' });
  const map = { IdentityPoolId, IdentityProviderName: oidc };
  await call('SetPrincipalTagAttributeMap', { ...map, UseDefaults: true });
  await call('GetPrincipalTagAttributeMap', map);
  await call('SetIdentityPoolRoles', {
    IdentityPoolId,
    Roles: { authenticated: roleArn, unauthenticated: roleArn },
  });
  const { Roles = { authenticated: roleArn } } = await call('GetIdentityPoolRoles', { IdentityPoolId });
  assert.equal((Roles as Record<string, string>).authenticated, roleArn);
}

async function playCredentials(call: Call, IdentityPoolId: unknown): Promise<void> {
  const { IdentityId } = await call('GetId', { IdentityPoolId });
  const { Credentials } = await call('GetCredentialsForIdentity', { IdentityId });
  assert.match((Credentials as Record<string, string>).AccessKeyId ?? '', /^ASIA/);
}

function list(output: Record<string, unknown>, member: string): unknown[] {
  return (output[member] ?? []) as unknown[];
}

/** Every operation that the client has was answered with success at least once. */
async function assertAllCalled(endpoint: string, operations: string[]): Promise<void> {
  const answer = await fetch(`${endpoint}/_emulator/requests`);
  const requests = (await answer.json()) as { operation: string; status: number }[];
  const done = new Set(requests.filter(({ status }) => status === 200).map(({ operation }) => operation));
  assert.deepEqual(
    operations.filter((operation) => !done.has(operation)),
    [],
  );
}
