import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateIdentityPoolCommand,
  DeleteIdentityPoolCommand,
  DescribeIdentityCommand,
  DescribeIdentityPoolCommand,
  GetIdentityPoolRolesCommand,
  GetOpenIdTokenCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
  GetPrincipalTagAttributeMapCommand,
  ListTagsForResourceCommand,
  SetIdentityPoolRolesCommand,
  SetPrincipalTagAttributeMapCommand,
  TagResourceCommand,
  UntagResourceCommand,
  UpdateIdentityPoolCommand,
} from '@aws-sdk/client-cognito-identity';
import { awsError, clientOf, createPool, logIn, provider, startEmulator } from '../support/emulator.ts';

const oidcArn = 'arn:aws:iam::000000000000:oidc-provider/idp.example';
const roleArn = 'arn:aws:iam::000000000000:role/user';
const arnOf = (pool: string) => `arn:aws:cognito-identity:us-east-1:000000000000:identitypool/${pool}`;

test('an update puts what it omits back to the default, except the developer provider', async (t) => {
  const { client } = await startEmulator(t);
  const IdentityPoolId = await createPool(client, {
    AllowClassicFlow: false,
    SupportedLoginProviders: { 'accounts.google.com': 'app' },
    IdentityPoolTags: { team: 'a' },
  });
  const basics = { IdentityPoolId, IdentityPoolName: 'renamed', AllowUnauthenticatedIdentities: false };
  await client.send(new UpdateIdentityPoolCommand(basics));
  const { $metadata: _, ...pool } = await client.send(new DescribeIdentityPoolCommand({ IdentityPoolId }));
  assert.deepEqual(pool, { ...basics, DeveloperProviderName: provider, IdentityPoolTags: {} });
  const renamed = new UpdateIdentityPoolCommand({ ...basics, DeveloperProviderName: 'other.example' });
  await assert.rejects(client.send(renamed), awsError('InvalidParameterException'));
});

test('a pool without a developer provider can be given one', async (t) => {
  const { client } = await startEmulator(t);
  const basics = { IdentityPoolName: 'test', AllowUnauthenticatedIdentities: false };
  const { IdentityPoolId = '' } = await client.send(new CreateIdentityPoolCommand(basics));
  await assert.rejects(logIn(client, IdentityPoolId, 'ada'), awsError('InvalidParameterException'));
  const update = new UpdateIdentityPoolCommand({
    IdentityPoolId,
    ...basics,
    DeveloperProviderName: provider,
  });
  await client.send(update);
  await logIn(client, IdentityPoolId, 'ada');
});

test('a deleted pool takes its identities with it', async (t) => {
  const { client } = await startEmulator(t);
  const IdentityPoolId = await createPool(client);
  const { IdentityId } = await logIn(client, IdentityPoolId, 'ada');
  await client.send(new DeleteIdentityPoolCommand({ IdentityPoolId }));
  const describe = new DescribeIdentityCommand({ IdentityId });
  await assert.rejects(client.send(describe), awsError('ResourceNotFoundException'));
  const again = new DeleteIdentityPoolCommand({ IdentityPoolId });
  await assert.rejects(client.send(again), awsError('ResourceNotFoundException'));
});

test('the classic flow is blocked by an explicit false, and by role mappings', async (t) => {
  const { client } = await startEmulator(t);
  const token = async (pool: string) => {
    const { IdentityId } = await logIn(client, pool, 'ada');
    return client.send(new GetOpenIdTokenCommand({ IdentityId }));
  };
  await assert.rejects(
    token(await createPool(client, { AllowClassicFlow: false })),
    awsError('InvalidParameterException', 'Basic (classic) flow is not enabled, please use enhanced flow.'),
  );
  const IdentityPoolId = await createPool(client, { OpenIdConnectProviderARNs: [oidcArn] });
  const RoleMappings = { 'idp.example': { Type: 'Token', AmbiguousRoleResolution: 'Deny' } } as const;
  await client.send(new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles: {}, RoleMappings }));
  await assert.rejects(
    token(IdentityPoolId),
    awsError(
      'InvalidParameterException',
      'Basic (classic) flow is not supported with RoleMappings, please use enhanced flow.',
    ),
  );
  const { $metadata: _, ...roles } = await client.send(new GetIdentityPoolRolesCommand({ IdentityPoolId }));
  assert.deepEqual(roles, { IdentityPoolId, Roles: {}, RoleMappings });
});

test('a role mapping that AWS refuses is refused', async (t) => {
  const { client } = await startEmulator(t);
  const IdentityPoolId = await createPool(client, { OpenIdConnectProviderARNs: [oidcArn] });
  const rule = { Claim: 'group', MatchType: 'Equals', Value: 'x', RoleARN: roleArn } as const;
  const rules = (count: number) => ({ Rules: Array.from({ length: count }, () => rule) });
  const set = (name: string, mapping: object) => {
    const RoleMappings = { [name]: { Type: 'Rules', ...mapping } as const };
    return client.send(new SetIdentityPoolRolesCommand({ IdentityPoolId, Roles: {}, RoleMappings }));
  };
  const AmbiguousRoleResolution = 'Deny';
  await assert.rejects(
    set('other.example', { AmbiguousRoleResolution, RulesConfiguration: rules(1) }),
    awsError(
      'InvalidParameterException',
      '(other.example) is not a valid RoleMapping ProviderName or is not a configured provider.',
    ),
  );
  const invalid = awsError('InvalidParameterException');
  await assert.rejects(set('idp.example', { RulesConfiguration: rules(1) }), invalid);
  await assert.rejects(set('idp.example', { AmbiguousRoleResolution }), invalid);
  await assert.rejects(
    set('idp.example', { AmbiguousRoleResolution, RulesConfiguration: rules(26) }),
    invalid,
  );
  await set('idp.example', { AmbiguousRoleResolution, RulesConfiguration: rules(25) });
});

test('tags are added, replaced, listed and taken away', async (t) => {
  const { client } = await startEmulator(t);
  const pool = await createPool(client, { IdentityPoolTags: { team: 'a', stage: 'test' } });
  const ResourceArn = arnOf(pool);
  await client.send(new TagResourceCommand({ ResourceArn, Tags: { team: 'b', cost: '' } }));
  await client.send(new UntagResourceCommand({ ResourceArn, TagKeys: ['stage', 'absent'] }));
  const { Tags } = await client.send(new ListTagsForResourceCommand({ ResourceArn }));
  assert.deepEqual(Tags, { team: 'b', cost: '' });
  const many = Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`key${index}`, '']));
  const refused = [
    new TagResourceCommand({ ResourceArn, Tags: many }),
    new TagResourceCommand({ ResourceArn, Tags: { 'aws:mine': 'x' } }),
    new TagResourceCommand({ ResourceArn: ResourceArn.replace('000000000000', '111111111111'), Tags: {} }),
  ];
  for (const command of refused)
    await assert.rejects(client.send(command), awsError('InvalidParameterException'));
  const absent = new ListTagsForResourceCommand({ ResourceArn: arnOf('us-east-1:0') });
  await assert.rejects(client.send(absent), awsError('ResourceNotFoundException'));
});

test('a principal-tag map is empty, set, or the default one', async (t) => {
  const { client } = await startEmulator(t);
  const IdentityPoolId = await createPool(client, { OpenIdConnectProviderARNs: [oidcArn] });
  const key = { IdentityPoolId, IdentityProviderName: 'idp.example' };
  const read = async () => {
    const { UseDefaults, PrincipalTags } = await client.send(new GetPrincipalTagAttributeMapCommand(key));
    return { UseDefaults, PrincipalTags };
  };
  assert.deepEqual(await read(), { UseDefaults: false, PrincipalTags: {} });
  const PrincipalTags = { department: 'dept' };
  await client.send(new SetPrincipalTagAttributeMapCommand({ ...key, PrincipalTags }));
  assert.deepEqual(await read(), { UseDefaults: false, PrincipalTags });
  await client.send(new SetPrincipalTagAttributeMapCommand({ ...key, UseDefaults: true }));
  assert.deepEqual(await read(), { UseDefaults: true, PrincipalTags: { username: 'sub', client: 'aud' } });
  const other = new GetPrincipalTagAttributeMapCommand({ ...key, IdentityProviderName: 'other.example' });
  await assert.rejects(client.send(other), awsError('InvalidParameterException'));
});

test('an account has a thousand pools in a region, and no more', async (t) => {
  const { emulator, client } = await startEmulator(t);
  const pools = Array.from({ length: 1000 }, (_, index) => ({
    IdentityPoolId: `us-east-1:${index}`,
    IdentityPoolName: 'many',
    AllowUnauthenticatedIdentities: false,
  }));
  const body = JSON.stringify({ pools });
  assert.equal((await fetch(`${emulator.endpoint}/_emulator/state`, { method: 'PUT', body })).status, 200);
  await assert.rejects(createPool(client), awsError('LimitExceededException'));
  const europe = clientOf(emulator.endpoint, { region: 'eu-west-1' });
  t.after(() => europe.destroy());
  await createPool(europe);
});

test('a provider may be named like a member of every object', async (t) => {
  const { client } = await startEmulator(t);
  for (const DeveloperProviderName of ['__proto__', 'toString']) {
    const IdentityPoolId = await createPool(client, { DeveloperProviderName });
    const Logins = { [provider]: 'ada' };
    await assert.rejects(
      client.send(new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId, Logins })),
      awsError('InvalidParameterException'),
    );
  }
});
