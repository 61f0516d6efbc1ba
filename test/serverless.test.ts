import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { CelEngine, TemplateFile } from '@aws/cloudformation-validate';
import recorded from '../events/login.json' with { type: 'json' };
import { timeLimits, variables } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { tableShape } from '../lib/table.ts';
import { testStack } from './support/stack.ts';

interface Template {
  Conditions: Record<string, unknown>;
  Resources: Record<string, { Type: string; DeletionPolicy?: string; Properties: Record<string, unknown> }>;
}

const folder = mkdtempSync(join(tmpdir(), 'serverless-'));
const templateName = 'cloudformation-template-update-stack.json';
let template: Template;

/** Packages into a folder of its own, with parameters as a deployer gives them. */
const packaged = (name: string, ...parameters: string[]): Template => {
  const out = join(folder, name);
  const args = ['run', 'package', '--', '--package', out, ...parameters.flatMap((each) => ['--param', each])];
  execFileSync('npm', args, { stdio: 'pipe' });
  return JSON.parse(readFileSync(join(out, templateName), 'utf8'));
};

before(() => {
  template = packaged('directory');
});
after(() => rmSync(folder, { recursive: true }));

const propertiesOf = (logicalId: string) => template.Resources[logicalId]?.Properties ?? {};

/** Findings about what osls itself writes, and about conditions that packaging has already decided. */
const accepted = ['W3005', 'W8003'];

test('the packaged template is valid, warnings included', () => {
  const engine = new CelEngine();
  const { diagnostics } = engine.validateStandard(new TemplateFile(join(folder, 'directory', templateName)), {
    strict: true,
    severityLevel: 'ERROR',
  });
  engine.free();
  const findings = diagnostics.filter(({ ruleId }) => !accepted.includes(ruleId));
  assert.deepEqual(findings, []);
});

test('every route has its function, with a route, a role of its own and a time limit', () => {
  for (const { name, method, path } of Object.values(routes)) {
    const logicalName = name[0]?.toUpperCase() + name.slice(1);
    const properties = propertiesOf(`${logicalName}LambdaFunction`);
    assert.partialDeepStrictEqual(properties, {
      Handler: `dist/${name}/index.handler`,
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Role: { 'Fn::GetAtt': [`${logicalName}Role`, 'Arn'] },
      Timeout: timeLimits.function / 1_000,
    });
    const keys = Object.values(template.Resources).map(({ Properties }) => Properties.RouteKey);
    assert.ok(keys.includes(`${method} ${path}`), `${method} ${path}`);
  }
});

const environment = ({ Resources }: Template) => {
  const properties = Resources.LoginLambdaFunction?.Properties as {
    Environment: { Variables: Record<string, string> };
  };
  return properties.Environment.Variables;
};

test('the functions get every setting that is read, and no other; a missing one stops the packaging', () => {
  const http = packaged('http', 'authenticator=http', 'backendUrl=https://a.example', 'backendSecret=s');
  const jwt = packaged(
    'jwt',
    'authenticator=jwt',
    'jwtIssuer=i',
    'jwtAudience=a',
    'jwtJwksUrl=https://a.example',
  );
  const names = [template, http, jwt].flatMap((each) => Object.keys(environment(each)));
  // Lambda sets AWS_REGION; the endpoints and the issuer are AWS's own.
  const automatic = [
    'AWS_REGION',
    'AWS_ENDPOINT_URL_COGNITO_IDENTITY',
    'AWS_ENDPOINT_URL_DYNAMODB',
    'COGNITO_ISSUER',
  ];
  assert.deepEqual(
    new Set(names.filter((name) => name !== 'NODE_OPTIONS')),
    new Set(variables.filter((name) => !automatic.includes(name))),
  );
  assert.throws(
    () => packaged('broken', 'authenticator=http', 'backendUrl=https://a.example'),
    ({ stdout }: { stdout: Buffer }) => stdout.includes('BACKEND_SECRET'),
  );
});

test('CORS allows the configured origins', () => {
  const { HttpApi } = packaged('cors', 'corsOrigins=https://a.example,https://b.example').Resources;
  assert.partialDeepStrictEqual(HttpApi?.Properties.CorsConfiguration, {
    AllowOrigins: { 'Fn::Split': [',', 'https://a.example,https://b.example'] },
  });
});

test('the login function may call the one Cognito action on the one pool, and read and rehash users', () => {
  assert.deepEqual(propertiesOf('LoginRole').Policies, [
    {
      PolicyName: 'login',
      PolicyDocument: {
        Version: '2012-10-17',
        Statement: [
          {
            Effect: 'Allow',
            Action: ['logs:CreateLogStream', 'logs:PutLogEvents'],
            Resource: { 'Fn::GetAtt': ['LoginLogGroup', 'Arn'] },
          },
          {
            Effect: 'Allow',
            Action: 'cognito-identity:GetOpenIdTokenForDeveloperIdentity',
            Resource: {
              'Fn::Sub':
                'arn:${AWS::Partition}:cognito-identity:${AWS::Region}:${AWS::AccountId}:identitypool/${IdentityPool}',
            },
          },
          {
            'Fn::If': [
              'UseDirectory',
              {
                Effect: 'Allow',
                Action: ['dynamodb:GetItem', 'dynamodb:UpdateItem'],
                Resource: { 'Fn::GetAtt': ['Table', 'Arn'] },
                Condition: { 'ForAllValues:StringLike': { 'dynamodb:LeadingKeys': 'user#*' } },
              },
              { Ref: 'AWS::NoValue' },
            ],
          },
        ],
      },
    },
  ]);
});

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
  assert.deepEqual(propertiesOf('IdentityPoolRoles').Roles, {
    authenticated: { 'Fn::GetAtt': ['AuthenticatedRole', 'Arn'] },
    unauthenticated: {
      'Fn::If': ['AllowGuests', { 'Fn::GetAtt': ['GuestRole', 'Arn'] }, { Ref: 'AWS::NoValue' }],
    },
  });
});

test('the table is the one that the code knows: encrypted, with a time to live, kept when the stack goes', () => {
  assert.partialDeepStrictEqual(propertiesOf('Table'), {
    ...tableShape,
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    SSESpecification: { SSEEnabled: true },
  });
  assert.equal(template.Resources.Table?.DeletionPolicy, 'Retain');
  assert.equal(template.Resources.IdentityPool?.DeletionPolicy, 'Retain');
});

test('the packaged bundle is the function: the recorded event logs in', async () => {
  await testStack();
  const { handler } = createRequire(import.meta.url)('../dist/login/index.cjs');
  const { statusCode, body } = await handler(recorded, { getRemainingTimeInMillis: () => 10_000 });
  assert.equal(statusCode, 200, body);
  assert.match(JSON.parse(body).identityId, /^us-east-1:/);
});
