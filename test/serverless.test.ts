import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { test } from 'node:test';
import { CelEngine, TemplateFile } from '@aws/cloudformation-validate';
import recorded from '../events/login.json' with { type: 'json' };
import { timeLimits } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { backendEnv, startBackend } from './support/backend.ts';
import {
  changes,
  directory,
  http,
  jwt,
  logicalName,
  prod,
  propertiesOf,
  roleName,
} from './support/packaged.ts';
import { secretArn, startSecretsManager } from './support/secrets-manager.ts';
import { testStack } from './support/stack.ts';
// In this process, since two builds at a time would write the same files.
import './infrastructure/announcements.ts';
import './infrastructure/alarms.ts';
import './infrastructure/api.ts';
import './infrastructure/calls.ts';
import './infrastructure/environment.ts';
import './infrastructure/events.ts';
import './infrastructure/permissions.ts';
import './infrastructure/settings.ts';
import './infrastructure/identity-pool.ts';
import './infrastructure/tables.ts';

const functions = readdirSync('functions').map((file) => basename(file, '.ts'));

const accepted = [
  // What osls itself writes.
  'W3005',
  // Conditions that packaging has already decided: always true or false, of the same value as others.
  ...['W1028', 'W2503', 'W8003', 'W9053'],
  // Numbers from the command line are texts, which CloudFormation takes for numbers.
  'W9003',
];

const deployments = {
  'the defaults': directory,
  'http, with guests and every other setting changed': http,
  'jwt, with a pool, a domain and an address of our own': jwt,
  'for production': prod,
};
for (const [name, { file }] of Object.entries(deployments)) {
  test(`the packaged template is valid, warnings included: ${name}`, () => {
    const engine = new CelEngine();
    const { diagnostics } = engine.validateStandard(new TemplateFile(file), {
      strict: true,
      severityLevel: 'ERROR',
    });
    engine.free();
    assert.deepEqual(
      diagnostics.filter(({ ruleId }) => !accepted.includes(ruleId)),
      [],
    );
  });
}

test('every function is there, with a role of its own and a time limit, and no other', () => {
  const deployed = Object.entries(directory.template.Resources)
    .filter(([, { Type }]) => Type === 'AWS::Lambda::Function')
    .map(([id]) => id);
  assert.deepEqual(new Set(deployed), new Set(functions.map((name) => `${logicalName(name)}LambdaFunction`)));
  for (const name of functions) {
    assert.partialDeepStrictEqual(propertiesOf(`${logicalName(name)}LambdaFunction`), {
      Handler: `dist/${name}/index.handler`,
      Runtime: 'nodejs24.x',
      Architectures: ['arm64'],
      Role: { 'Fn::GetAtt': [roleName(name), 'Arn'] },
      Timeout: timeLimits.function / 1_000,
    });
  }
});

test('every route leads to its function, and there are no others', () => {
  const all = Object.values(directory.template.Resources);
  const deployed = all.filter(({ Type }) => Type === 'AWS::ApiGatewayV2::Route');
  const expected = Object.values(routes).map(({ name, method, path }) => [
    // The one identifier that may hold a slash is a greedy parameter.
    `${method} ${path.replace('{developerUserIdentifier}', '{developerUserIdentifier+}')}`,
    { 'Fn::Join': ['/', ['integrations', { Ref: `HttpApiIntegration${logicalName(name)}` }]] },
  ]);
  assert.deepEqual(
    new Map(deployed.map(({ Properties }) => [Properties.RouteKey, Properties.Target])),
    new Map(expected as [string, unknown][]),
  );
  for (const { name } of Object.values(routes)) {
    const { IntegrationUri } = propertiesOf(`HttpApiIntegration${logicalName(name)}`);
    assert.deepEqual(IntegrationUri, { 'Fn::GetAtt': [`${logicalName(name)}LambdaFunction`, 'Arn'] });
  }
});

test('what was cut off is resumed every minute, one run at a time, and a run that is not taken is kept', () => {
  const queue = { 'Fn::GetAtt': ['UnstartedQueue', 'Arn'] };
  assert.partialDeepStrictEqual(propertiesOf('ResumeEventsRuleSchedule1'), {
    ScheduleExpression: 'rate(1 minute)',
    State: 'ENABLED',
    Targets: [{ Arn: { 'Fn::GetAtt': ['ResumeLambdaFunction', 'Arn'] }, DeadLetterConfig: { Arn: queue } }],
  });
  // The next run is the retry.
  assert.equal(propertiesOf('ResumeLambdaEvConf').MaximumRetryAttempts, 0);
  assert.equal(propertiesOf('ResumeLambdaFunction', prod).ReservedConcurrentExecutions, 1);
  assert.deepEqual(propertiesOf('UnstartedQueuePolicy').PolicyDocument.Statement, [
    {
      Effect: 'Allow',
      Principal: { Service: 'events.amazonaws.com' },
      Action: 'sqs:SendMessage',
      Resource: queue,
      Condition: { ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': ['ResumeEventsRuleSchedule1', 'Arn'] } } },
    },
  ]);
});

test("staff's functions, and only those, get so many runs at a time", () => {
  // And what anyone may ask of Cognito's control plane.
  for (const { name, caller } of Object.values(routes)) {
    const isLimited = name === 'health' || (caller !== 'anyone' && caller !== 'user');
    const concurrency = (from: typeof directory) =>
      propertiesOf(`${logicalName(name)}LambdaFunction`, from).ReservedConcurrentExecutions;
    assert.equal(concurrency(prod), isLimited ? 2 : undefined, name);
    assert.equal(concurrency(http), isLimited ? changes.staffConcurrency : undefined, name);
    // A new account could not deploy it.
    assert.equal(concurrency(directory), undefined, name);
  }
});

/** As at a cold start: settings are read anew. */
const packagedLogin = () => {
  const require = createRequire(import.meta.url);
  delete require.cache[require.resolve('../dist/login/function.cjs')];
  const { handler } = require('../dist/login/function.cjs');
  return (event: object) => handler(structuredClone(event), { getRemainingTimeInMillis: () => 10_000 });
};

test('the packaged bundle is the function: the recorded event logs in', async () => {
  await testStack();
  const { statusCode, body } = await packagedLogin()(recorded);
  assert.equal(statusCode, 200, body);
  assert.match(JSON.parse(body).identityId, /^us-east-1:/);
});

test("the packaged bundle finds its backend's secret where the environment says", async () => {
  const [manager, backend] = [await startSecretsManager('x'.repeat(32)), await startBackend()];
  await testStack({
    ...backendEnv(backend),
    BACKEND_SECRET: '',
    BACKEND_SECRET_ARN: secretArn,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: manager.url,
    AWS_LAMBDA_FUNCTION_NAME: 'login',
  });
  const body = JSON.stringify({ username: 'ada', password: 'right' });
  const { statusCode } = await packagedLogin()({ ...recorded, body });
  assert.equal(statusCode, 200);
  assert.deepEqual(new Set(manager.asked), new Set([`secretsmanager.GetSecretValue ${secretArn}`]));
});
