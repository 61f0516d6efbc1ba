import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changes, directory, http, jwt, logicalName, own, prod, propertiesOf } from '../support/packaged.ts';

test("the pool's roles trust this pool only, each for its own kind of identity", () => {
  for (const [role, amr] of [
    ['AuthenticatedRole', 'authenticated'],
    ['GuestRole', 'unauthenticated'],
  ] as const) {
    assert.deepEqual(propertiesOf(role, http).AssumeRolePolicyDocument, {
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Federated: 'cognito-identity.amazonaws.com' },
          Action: ['sts:AssumeRoleWithWebIdentity', 'sts:TagSession'],
          Condition: {
            StringEquals: { 'cognito-identity.amazonaws.com:aud': { Ref: 'IdentityPool' } },
            'ForAnyValue:StringLike': { 'cognito-identity.amazonaws.com:amr': amr },
          },
        },
      ],
    });
  }
});

test('guests, their token and their role come together', () => {
  for (const [deployment, guests] of [
    [directory, false],
    [http, true],
  ] as const) {
    assert.partialDeepStrictEqual(propertiesOf('IdentityPool', deployment), {
      AllowUnauthenticatedIdentities: guests,
      AllowClassicFlow: guests,
    });
    assert.equal('GuestRole' in deployment.template.Resources, guests);
    assert.deepEqual(propertiesOf('IdentityPoolRoles', deployment).Roles, {
      authenticated: { 'Fn::GetAtt': ['AuthenticatedRole', 'Arn'] },
      ...(guests && { unauthenticated: { 'Fn::GetAtt': ['GuestRole', 'Arn'] } }),
    });
  }
});

test("the pool's name for the accounts is the functions'", () => {
  const { Variables } = propertiesOf(`${logicalName('login')}LambdaFunction`, http).Environment;
  assert.equal(propertiesOf('IdentityPool', http).DeveloperProviderName, changes.developerProviderName);
  assert.equal(Variables.DEVELOPER_PROVIDER_NAME, changes.developerProviderName);
});

test('the pool is kept when the stack goes: it is every identity', () => {
  assert.partialDeepStrictEqual(directory.template.Resources.IdentityPool, {
    DeletionPolicy: 'RetainExceptOnCreate',
    UpdateReplacePolicy: 'Retain',
  });
});

test('with a pool that was there nothing of a pool is made, and everything uses that one', () => {
  const { Resources, Outputs } = jwt.template;
  const text = JSON.stringify({ Resources, Outputs });
  assert.doesNotMatch(text, /"(IdentityPool|AuthenticatedRole|GuestRole)"/);
  assert.doesNotMatch(text, /AWS::Cognito/);
  const { Variables } = propertiesOf('LoginLambdaFunction', jwt).Environment;
  assert.equal(Variables.IDENTITY_POOL_ID, own.identityPoolId);
});

const isRefused = (action: string, logicalId: string) =>
  prod.stackPolicy.some(
    ({ Effect, Action, Resource }) =>
      Effect === 'Deny' && Action.includes(action) && Resource.includes(`LogicalResourceId/${logicalId}`),
  );

/** CloudFormation replaces what has another name. https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-ssm-parameter.html */
test('another developer provider name or another pool is another lock, and no deployment may replace that', () => {
  const lockOf = (each: typeof directory) =>
    propertiesOf('IdentitiesLock', each).Name['Fn::Join'][1].slice(4);
  const { DeveloperProviderName } = propertiesOf('IdentityPool');
  assert.deepEqual(lockOf(directory), [DeveloperProviderName, 'own-pool']);
  assert.deepEqual(lockOf(http), [changes.developerProviderName, 'own-pool']);
  const [, pool] = lockOf(jwt);
  assert.deepEqual(pool, { 'Fn::Join': ['/', { 'Fn::Split': [':', own.identityPoolId] }] });
  // First, so that the pool has not been touched when the lock is refused.
  assert.deepEqual(directory.template.Resources.IdentityPool?.DependsOn, ['IdentitiesLock']);
  assert.ok(isRefused('Update:Replace', 'IdentitiesLock'));
});

test('no deployment may replace or take out what is lost then; everything else may change', () => {
  for (const id of ['IdentityPool', 'Table', 'AuditTable', 'IdentitiesLock']) {
    assert.ok(id in directory.template.Resources, id);
    for (const action of ['Update:Replace', 'Update:Delete'])
      assert.ok(isRefused(action, id), `${action} ${id}`);
    assert.ok(!isRefused('Update:Modify', id), id);
  }
  assert.ok(!isRefused('Update:Replace', 'LoginLambdaFunction'));
  assert.deepEqual(prod.stackPolicy[0], {
    Effect: 'Allow',
    Principal: '*',
    Action: ['Update:*'],
    Resource: '*',
  });
});

test("the example's policies hold users to their own identity, and to their own tenant", () => {
  const { RoleName, PolicyDocument } = propertiesOf('UserPolicies', http);
  assert.deepEqual(RoleName, { Ref: 'AuthenticatedRole' });
  const [own, tenant] = PolicyDocument.Statement;
  // What !Sub leaves of ${!…} is IAM's variable.
  assert.match(own.Resource['Fn::Sub'], /:::[^*]+\/\$\{!cognito-identity\.amazonaws\.com:sub\}\/\*$/);
  assert.deepEqual(tenant.Condition, {
    'ForAllValues:StringEquals': { 'dynamodb:LeadingKeys': [{ 'Fn::Sub': '${!aws:PrincipalTag/tenant}' }] },
  });
  assert.equal('UserPolicies' in directory.template.Resources, false);
});
