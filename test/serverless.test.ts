import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { test } from 'node:test';
import { CelEngine, TemplateFile } from '@aws/cloudformation-validate';
import recorded from '../events/login.json' with { type: 'json' };
import { timeLimits } from '../lib/config.ts';
import { routes } from '../lib/contract.ts';
import { cors } from '../local/gateway.ts';
import { changes, directory, http, jwt, logicalName, propertiesOf, roleName } from './support/packaged.ts';
import { testStack } from './support/stack.ts';
// In this process, since two builds at a time would write the same files.
import './infrastructure/announcements.ts';
import './infrastructure/calls.ts';
import './infrastructure/environment.ts';
import './infrastructure/events.ts';
import './infrastructure/permissions.ts';
import './infrastructure/identity-pool.ts';
import './infrastructure/tables.ts';

const functions = readdirSync('functions').map((file) => basename(file, '.ts'));

/** Findings about what osls itself writes, and about conditions that packaging has already decided. */
const accepted = ['W3005', 'W8003'];

for (const [name, { file }] of Object.entries({ directory, 'http, with guests': http, jwt })) {
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

test('what was cut off is resumed every minute, one run at a time', () => {
  assert.partialDeepStrictEqual(propertiesOf('ResumeEventsRuleSchedule1'), {
    ScheduleExpression: 'rate(1 minute)',
    State: 'ENABLED',
    Targets: [{ Arn: { 'Fn::GetAtt': ['ResumeLambdaFunction', 'Arn'] } }],
  });
  assert.equal(propertiesOf('ResumeLambdaFunction').ReservedConcurrentExecutions, 1);
});

test("staff's functions, and only those, get so many runs at a time", () => {
  for (const { name, caller } of Object.values(routes)) {
    const isStaff = caller !== 'anyone' && caller !== 'user';
    const concurrency = (from = directory) =>
      propertiesOf(`${logicalName(name)}LambdaFunction`, from).ReservedConcurrentExecutions;
    assert.equal(concurrency(), isStaff ? 2 : undefined, name);
    assert.equal(concurrency(http), isStaff ? Number(changes.staffConcurrency) : undefined, name);
  }
});

test('CORS is what the local gateway answers, for the configured origins', () => {
  assert.deepEqual(propertiesOf('HttpApi', http).CorsConfiguration, {
    ...cors,
    AllowOrigins: { 'Fn::Split': [',', changes.corsOrigins] },
  });
});

test('the packaged bundle is the function: the recorded event logs in', async () => {
  await testStack();
  const { handler } = createRequire(import.meta.url)('../dist/login/index.cjs');
  const { statusCode, body } = await handler(recorded, { getRemainingTimeInMillis: () => 10_000 });
  assert.equal(statusCode, 200, body);
  assert.match(JSON.parse(body).identityId, /^us-east-1:/);
});
