import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fault, startDeployment } from '../support/deployment.ts';

fault('an API that is not well', 'API', /\/health answers 503/, ({ outside }) => {
  outside.statuses['/health'] = 503;
});

fault('an API that does not answer', 'API', /\/health does not answer/, ({ account }) => {
  account.apiUrl = 'https://localhost:2';
});

fault('an origin that is everybody', 'CORS', /an origin is \*/, ({ properties }) => {
  properties('HttpApi').CorsConfiguration.AllowOrigins = ['https://app.example.com', '*'];
});

fault(
  'a clock of this machine that is off',
  'clocks',
  /^This machine's clock is 4\d\d s behind/,
  ({ account, outside }) => {
    account.ahead = 450_000;
    outside.ahead = 450_000;
  },
);

fault(
  "a backend's clock that is off",
  'clocks',
  /The clock of BACKEND_URL is \d+ s behind/,
  ({ outside }) => {
    outside.ahead = -120_000;
  },
);

test('a clock within the tolerance is no finding', async (t) => {
  const { account, outside, findings } = await startDeployment(t);
  account.ahead = 20_000;
  outside.ahead = 10_000;
  assert.deepEqual(await findings(), {});
});

fault('no API', 'API', /has no HTTP API/, ({ account }) => {
  delete account.resources.HttpApi;
});

fault(
  'a domain that does not lead to the API',
  'API',
  /https:\/\/localhost:2\/health does not answer/,
  ({ account }) => {
    account.resources.Domain = { type: 'AWS::ApiGatewayV2::DomainName', id: 'localhost:2', properties: {} };
  },
);

test('in dev, nobody has to be told, nothing reserved, and any page may call', async (t) => {
  const { account, properties, outcomes } = await startDeployment(t);
  properties('HttpApi').CorsConfiguration.AllowOrigins = ['*'];
  delete properties('LookupLambdaFunction').ReservedConcurrentExecutions;
  for (const { type, properties: alarm } of Object.values(account.resources))
    if (type === 'AWS::CloudWatch::Alarm') alarm.AlarmActions = [];
  const found = (await outcomes('dev')).filter(({ findings }) => findings.length > 0);
  assert.deepEqual(found, []);
});
