import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changes, directory, http, logicalName, propertiesOf } from '../support/packaged.ts';

test("the pool's roles trust this pool only, each for its own kind of identity", () => {
  for (const [role, amr] of [
    ['AuthenticatedRole', 'authenticated'],
    ['GuestRole', 'unauthenticated'],
  ] as const) {
    assert.deepEqual(propertiesOf(role).AssumeRolePolicyDocument, {
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
  assert.partialDeepStrictEqual(propertiesOf('IdentityPool'), {
    AllowUnauthenticatedIdentities: { 'Fn::If': ['AllowGuests', true, false] },
    AllowClassicFlow: { 'Fn::If': ['AllowGuests', true, false] },
  });
  assert.partialDeepStrictEqual(directory.template.Resources.GuestRole, { Condition: 'AllowGuests' });
  assert.deepEqual(propertiesOf('IdentityPoolRoles').Roles, {
    authenticated: { 'Fn::GetAtt': ['AuthenticatedRole', 'Arn'] },
    unauthenticated: {
      'Fn::If': ['AllowGuests', { 'Fn::GetAtt': ['GuestRole', 'Arn'] }, { Ref: 'AWS::NoValue' }],
    },
  });
  assert.deepEqual(directory.template.Conditions.AllowGuests, { 'Fn::Equals': [false, true] });
  assert.deepEqual(http.template.Conditions.AllowGuests, { 'Fn::Equals': [true, true] });
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
