import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeLimits } from '../../lib/config.ts';
import { routes } from '../../lib/contract.ts';
import { cors } from '../../local/gateway.ts';
import { changes, directory, http, jwt, logicalName, own, propertiesOf } from '../support/packaged.ts';

test('CORS is what the local gateway answers, for the configured origins', () => {
  assert.deepEqual(propertiesOf('HttpApi', http).CorsConfiguration, {
    ...cors,
    AllowOrigins: { 'Fn::Split': [',', changes.corsOrigins] },
  });
});

test('every route that takes credentials, and health, has a limit of its own; the others have one too', () => {
  const { DefaultRouteSettings, RouteSettings } = propertiesOf('HttpApiStage', http);
  const limit = (rate: string) => ({ ThrottlingRateLimit: Number(rate), ThrottlingBurstLimit: Number(rate) });
  assert.deepEqual(RouteSettings, {
    'POST /login': limit(changes.loginRate),
    'POST /refresh': limit(changes.refreshRate),
    'POST /account/merge': limit(changes.accountRate),
    'POST /account/unlink': limit(changes.accountRate),
    'GET /health': limit(changes.healthRate),
  });
  assert.deepEqual(DefaultRouteSettings, limit(changes.otherRate));
  const anyones = Object.values(routes).filter(
    ({ caller, name }) => caller === 'anyone' && name !== 'logout',
  );
  assert.deepEqual(
    new Set(Object.keys(RouteSettings)),
    new Set(anyones.map(({ method, path }) => `${method} ${path}`)),
  );
});

test('a route is there before it is limited', () => {
  const { Resources } = directory.template;
  const { RouteSettings } = propertiesOf('HttpApiStage');
  const first = Resources.HttpApiStage?.DependsOn ?? [];
  const keys = first.map((id) => Resources[id]?.Properties.RouteKey).filter(Boolean);
  assert.deepEqual(new Set(keys), new Set(Object.keys(RouteSettings)));
});

test('an attempt at AWS ends before the function, and that before the gateway', () => {
  for (const { name } of Object.values(routes)) {
    const { Timeout } = propertiesOf(`${logicalName(name)}LambdaFunction`);
    const { TimeoutInMillis } = propertiesOf(`HttpApiIntegration${logicalName(name)}`);
    assert.ok(2 * timeLimits.awsAttempt < Timeout * 1_000, name);
    assert.ok(Timeout * 1_000 < TimeoutInMillis && TimeoutInMillis <= 30_000, name);
  }
});

test('the access log is JSON in a log group of its own, and knows what was asked by its route only', () => {
  const { DestinationArn, Format } = propertiesOf('HttpApiStage').AccessLogSettings;
  assert.deepEqual(DestinationArn, { 'Fn::GetAtt': ['HttpApiLogGroup', 'Arn'] });
  assert.ok(propertiesOf('HttpApiLogGroup').RetentionInDays > 0);
  const fields: Record<string, string> = JSON.parse(Format);
  assert.equal(fields.requestId, '$context.requestId');
  // Paths and queries hold identifiers, and what a caller sends may hold anything.
  for (const [name, variable] of Object.entries(fields))
    assert.doesNotMatch(variable, /path|query|userAgent|authorizer|protocol/i, name);
});

test('a domain of our own leads to the API, and there is none otherwise', () => {
  assert.partialDeepStrictEqual(propertiesOf('ApiDomain', jwt), {
    DomainName: own.domainName,
    DomainNameConfigurations: [{ CertificateArn: own.certificateArn, SecurityPolicy: 'TLS_1_2' }],
  });
  assert.deepEqual(propertiesOf('ApiDomainMapping', jwt), {
    ApiId: { Ref: 'HttpApi' },
    Stage: { Ref: 'HttpApiStage' },
    DomainName: { Ref: 'ApiDomain' },
  });
  assert.ok('ApiDomainTarget' in jwt.template.Outputs);
  assert.doesNotMatch(JSON.stringify(directory.template), /ApiDomain/);
});
