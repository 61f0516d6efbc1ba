import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type Credentials,
  GetCredentialsForIdentityCommand,
  type RoleMapping,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { JWTPayload } from 'jose';
import { awsError } from '../support/emulator.ts';
import { getId, startWithProviders, userPool, userPoolToken } from '../support/providers.ts';

const roleOf = (name: string) => `arn:aws:iam::000000000000:role/${name}`;

test('the enhanced flow chooses the role by the mapping', async (t) => {
  const { emulator, client, pool } = await startWithProviders(t);
  const key = `${userPool}:client1`;
  const rule = (
    MatchType: 'Equals' | 'Contains' | 'StartsWith' | 'NotEqual',
    Value: string,
    role: string,
  ) => ({
    Claim: 'group',
    MatchType,
    Value,
    RoleARN: roleOf(role),
  });
  const rules: RoleMapping = {
    Type: 'Rules',
    AmbiguousRoleResolution: 'Deny',
    RulesConfiguration: {
      Rules: [
        rule('Equals', 'admins', 'equals'),
        rule('StartsWith', 'dev', 'starts'),
        rule('Contains', 'ops', 'contains'),
        rule('NotEqual', 'none', 'unequal'),
      ],
    },
  };
  const inherited = { ...rule('StartsWith', 'f', 'inherited'), Claim: 'constructor' };
  const prototypeRules: RoleMapping = { ...rules, RulesConfiguration: { Rules: [inherited] } };
  const fromToken: RoleMapping = { Type: 'Token', AmbiguousRoleResolution: 'AuthenticatedRole' };
  const roles = { 'cognito:roles': [roleOf('one'), roleOf('two')], 'cognito:preferred_role': roleOf('one') };
  const denied = `The ambiguous role mapping rules for: ${userPool} denied this request.`;
  const cases: [RoleMapping, JWTPayload, string | undefined, string][] = [
    [rules, { group: 'admins' }, undefined, roleOf('equals')],
    [rules, { group: 'developers' }, undefined, roleOf('starts')],
    [rules, { group: 'my-ops' }, undefined, roleOf('contains')],
    [rules, { group: 'x' }, undefined, roleOf('unequal')],
    [rules, {}, undefined, denied],
    [prototypeRules, {}, undefined, denied],
    [fromToken, roles, roleOf('two'), roleOf('two')],
    [fromToken, roles, undefined, roleOf('one')],
    [fromToken, roles, roleOf('three'), 'refused'],
    [fromToken, {}, undefined, roleOf('authenticated')],
    [{ ...fromToken, AmbiguousRoleResolution: 'Deny' }, {}, undefined, denied],
  ];
  for (const [mapping, claims, CustomRoleArn, expected] of cases) {
    await client.send(
      new SetIdentityPoolRolesCommand({
        IdentityPoolId: pool,
        Roles: { authenticated: roleOf('authenticated') },
        RoleMappings: { [key]: mapping },
      }),
    );
    const Logins = { [userPool]: await userPoolToken(claims) };
    const { IdentityId } = await getId(client, pool, Logins);
    const asked = client.send(new GetCredentialsForIdentityCommand({ IdentityId, Logins, CustomRoleArn }));
    if (!expected.startsWith('arn:')) {
      const message = expected === denied ? denied : undefined;
      await assert.rejects(asked, awsError('NotAuthorizedException', message));
    } else {
      const { Credentials } = await asked;
      assert.equal(await roleBehind(emulator.endpoint, Credentials), expected);
    }
  }
});

/** The role of a session, as STS tells it. */
async function roleBehind(endpoint: string, credentials: Credentials | undefined): Promise<string> {
  const { AccessKeyId = '', SecretKey = '', SessionToken = '' } = credentials ?? {};
  const client = new STSClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: AccessKeyId, secretAccessKey: SecretKey, sessionToken: SessionToken },
  });
  const { Arn = '' } = await client.send(new GetCallerIdentityCommand({}));
  client.destroy();
  return roleOf(Arn.split('/')[1] ?? '');
}
