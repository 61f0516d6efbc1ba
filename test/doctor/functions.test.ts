import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Deployment, fault, secret, startDeployment } from '../support/deployment.ts';

const environment = ({ properties }: Deployment, name: string): Record<string, string> =>
  properties(`${name}LambdaFunction`).Environment.Variables;

const setSecret = (deployment: Deployment, value: string) => {
  for (const name of ['Login', 'Refresh', 'MergeDashaccounts', 'UnlinkDashaccount'])
    environment(deployment, name).BACKEND_SECRET = value;
};

fault('a deployment that failed', 'stack', /is UPDATE_ROLLBACK_FAILED/, ({ account }) => {
  account.status = 'UPDATE_ROLLBACK_FAILED';
});

fault(
  'a function that is not there',
  'functions',
  /cognito-developer-identities-prod-lookup is not there/,
  ({ account }) => {
    delete account.resources.LookupLambdaFunction;
  },
);

fault('a function that failed', 'functions', /-prod-lookup is Failed/, ({ properties }) => {
  properties('LookupLambdaFunction').State = 'Failed';
});

fault(
  'a function with a setting of its own',
  'agreement',
  /-lookup has another PRINCIPAL_TAGS than/,
  (deployment) => {
    environment(deployment, 'Lookup').PRINCIPAL_TAGS = 'role';
  },
);

fault('a setting that is missing', 'settings', /-lookup: .*IDENTITY_POOL_ID/, (deployment) => {
  delete environment(deployment, 'Lookup').IDENTITY_POOL_ID;
});

fault(
  "a setting of the authenticator's that is missing",
  'settings',
  /-login: .*BACKEND_URL/,
  (deployment) => {
    delete environment(deployment, 'Login').BACKEND_URL;
  },
);

fault(
  'a secret that is not there',
  'secrets',
  /BACKEND_SECRET\w* refers to arn:\S+, which is not there/,
  ({ account }) => {
    delete account.secrets[secret];
  },
);

fault('a secret that is being deleted', 'secrets', /which is being deleted/, ({ account }) => {
  account.secrets[secret] = { ARN: secret, DeletedDate: 1 };
});

test('found: a secret in the environment, and it is not shown', async (t) => {
  const deployment = await startDeployment(t);
  setSecret(deployment, 'correct horse battery staple, for ever');
  const found = JSON.stringify(await deployment.findings());
  assert.match(found, /BACKEND_SECRET itself is in the functions' environment/);
  assert.doesNotMatch(found, /correct horse/);
});

fault('a staff function without a limit', 'concurrency', /-lookup has no limit/, ({ properties }) => {
  delete properties('LookupLambdaFunction').ReservedConcurrentExecutions;
});

fault('a function that may not run', 'concurrency', /-login may not run/, ({ properties }) => {
  properties('LoginLambdaFunction').ReservedConcurrentExecutions = 0;
});

fault(
  'a resume that may overtake itself',
  'concurrency',
  /-resume may run more than once/,
  ({ properties }) => {
    delete properties('ResumeLambdaFunction').ReservedConcurrentExecutions;
  },
);

test('what may not be read is not checked, and the permission is named; the rest is', async (t) => {
  const deployment = await startDeployment(t);
  deployment.account.denied = ['iam:GetRole', 'cloudwatch:DescribeAlarms', 'apigateway:GET'];
  assert.deepEqual(await deployment.findings(), {});
  assert.deepEqual(await deployment.notChecked(), {
    'trusted pool': 'needs iam:GetRole',
    'trusted identities': 'needs iam:GetRole',
    'session tags': 'needs iam:GetRole',
    "backend's keys": 'the authenticator is not jwt',
    alarms: 'needs cloudwatch:DescribeAlarms',
    API: 'needs apigateway:GET',
    CORS: 'needs apigateway:GET',
    clocks: 'needs apigateway:GET',
  });
});

test('without the functions, what needs their settings is not checked', async (t) => {
  const deployment = await startDeployment(t);
  deployment.account.denied = ['lambda:GetFunctionConfiguration'];
  const notChecked = await deployment.notChecked();
  assert.equal(notChecked.pool, 'needs lambda:GetFunctionConfiguration');
  assert.equal(notChecked.API, undefined);
  assert.deepEqual(await deployment.findings(), {});
});
