import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  changes,
  directory,
  http,
  jwt,
  logicalName,
  own,
  propertiesOf,
  roleName,
} from '../support/packaged.ts';
import { linesOf, type Statement, statementsOf } from '../support/policies.ts';

/** With the directory, besides each function's own log. */
const countAttempts = [
  'dynamodb:BatchGetItem Table user#*,attempts#*',
  'dynamodb:UpdateItem Table attempts#*',
];
const attempts = [...countAttempts, 'dynamodb:BatchWriteItem Table attempts#*'];
const readUsers = 'dynamodb:GetItem Table user#*';
const renewPasswordHashes = 'dynamodb:UpdateItem Table user#* only pk,passwordHash';
const once = [
  'dynamodb:GetItem Table idempotency#*',
  'dynamodb:PutItem Table idempotency#*',
  'dynamodb:UpdateItem Table idempotency#*',
  'dynamodb:DeleteItem Table idempotency#*',
];
const look = ['cognito-identity:LookupDeveloperIdentity pool', 'cognito-identity:DescribeIdentity *'];
const endSessions = ['dynamodb:Query Table/index/byGroup sessions#*', 'dynamodb:DeleteItem Table session#*'];
const finish = [
  'dynamodb:GetItem Table intent#*',
  'dynamodb:UpdateItem Table intent#*',
  'dynamodb:DeleteItem Table intent#*',
  'dynamodb:PutItem AuditTable',
  ...endSessions,
];
const change = [...once, ...look, 'dynamodb:PutItem Table intent#*', ...finish];

const expected: Record<string, string[]> = {
  login: [
    'cognito-identity:GetOpenIdTokenForDeveloperIdentity pool',
    'dynamodb:BatchWriteItem Table session#*,attempts#*',
    ...countAttempts,
    renewPasswordHashes,
  ],
  refresh: [
    'cognito-identity:GetOpenIdTokenForDeveloperIdentity pool',
    'dynamodb:GetItem Table session#*',
    'dynamodb:PutItem Table session#*',
    'dynamodb:UpdateItem Table session#*',
    'dynamodb:DeleteItem Table session#*',
    readUsers,
  ],
  logout: ['dynamodb:GetItem Table session#*', ...endSessions],
  account: look,
  'merge-accounts': [
    ...attempts,
    renewPasswordHashes,
    ...change,
    'cognito-identity:MergeDeveloperIdentities pool',
  ],
  'unlink-account': [
    ...attempts,
    renewPasswordHashes,
    ...change,
    'cognito-identity:UnlinkDeveloperIdentity pool',
  ],
  health: [
    'cognito-identity:DescribeIdentityPool pool',
    'dynamodb:DescribeTable Table',
    'dynamodb:DescribeTable AuditTable',
  ],
  lookup: ['cognito-identity:LookupDeveloperIdentity pool'],
  merge: [...change, 'cognito-identity:MergeDeveloperIdentities pool'],
  unlink: [...change, 'cognito-identity:UnlinkDeveloperIdentity pool'],
  'list-identities': ['cognito-identity:ListIdentities pool'],
  'describe-identity': ['cognito-identity:DescribeIdentity *'],
  'delete-identity': [...change, 'cognito-identity:DeleteIdentities *', 'dynamodb:Query AuditTable'],
  'end-sessions': [
    ...once,
    ...endSessions,
    'cognito-identity:LookupDeveloperIdentity pool',
    'dynamodb:PutItem AuditTable',
  ],
  audit: ['dynamodb:Query AuditTable'],
  resume: [
    'dynamodb:Query Table/index/byGroup intents',
    'dynamodb:PutItem Table intent#*',
    ...look,
    'cognito-identity:MergeDeveloperIdentities pool',
    'cognito-identity:UnlinkDeveloperIdentity pool',
    'cognito-identity:DeleteIdentities *',
    ...finish,
  ],
};

const permissionsOf = (name: string, from = directory) => statementsOf(name, from).flatMap(linesOf).sort();

/** What every function may. */
const log = (name: string) =>
  ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => `${action} ${logicalName(name)}LogGroup`);
const xray = ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'];
const traces = xray.map((action) => `${action} *`);
const takeCredentials = ['login', 'refresh', 'merge-accounts', 'unlink-account'];
const withoutUsers = (permissions: string[]) =>
  permissions.map((line) => line.replace('user#*,', '')).filter((line) => !line.includes(' user#*'));

for (const [name, permissions] of Object.entries(expected)) {
  test(`${name} may do what it does, and nothing else`, () => {
    assert.deepEqual(permissionsOf(name), [...log(name), ...permissions].sort());
  });

  test(`where a backend decides, ${name} has no way to the directory's users`, () => {
    // Sent there, credentials are signed.
    const secret = `secretsmanager:GetSecretValue ${changes.backendSecretArn}`;
    assert.deepEqual(
      permissionsOf(name, http),
      [
        ...log(name),
        ...traces,
        ...withoutUsers(permissions),
        ...(takeCredentials.includes(name) ? [secret] : []),
      ].sort(),
    );
  });

  test(`with a pool that was there ${name} has no way to another`, () => {
    const others = withoutUsers(permissions).map((line) =>
      line.replace(/ pool$/, ` pool ${own.identityPoolId}`),
    );
    assert.deepEqual(permissionsOf(name, jwt), [...log(name), ...others].sort());
  });
}

test('no role is shared, none has more than its own policy, and Lambda alone may take it', () => {
  const functions = Object.values(directory.template.Resources).filter(
    ({ Type }) => Type === 'AWS::Lambda::Function',
  );
  const roles = functions.map(({ Properties }) => Properties.Role['Fn::GetAtt'][0]);
  assert.deepEqual(roles.toSorted(), Object.keys(expected).map(roleName).sort());
  for (const role of roles) {
    const { AssumeRolePolicyDocument, Policies: _, ...others } = propertiesOf(role);
    assert.deepEqual(others, {}, role);
    assert.deepEqual(AssumeRolePolicyDocument, {
      Version: '2012-10-17',
      Statement: [
        { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' },
      ],
    });
  }
});

test('no role of the stack has a wildcard for an action, nor for a resource where there is one', () => {
  const all = Object.values(http.template.Resources).filter(({ Type }) => Type === 'AWS::IAM::Role');
  const policies = all.flatMap(({ Properties }) => Properties.Policies ?? []);
  const statements: Statement[] = policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement);
  assert.ok(statements.length > 50);
  for (const { Action, Resource } of statements) {
    assert.ok(![Action].flat().some((action) => action.includes('*')));
    // IAM has no resource for these: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncognitoidentity.html
    const unlimited = ['cognito-identity:DescribeIdentity', 'cognito-identity:DeleteIdentities', ...xray];
    assert.equal(
      Resource === '*',
      [Action].flat().every((action) => unlimited.includes(action)),
    );
  }
});
