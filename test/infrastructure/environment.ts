import assert from 'node:assert/strict';
import { test } from 'node:test';
import { variables } from '../../lib/config.ts';
import { routes } from '../../lib/contract.ts';
import {
  changes,
  directory,
  http,
  jwt,
  logicalName,
  packaged,
  prod,
  propertiesOf,
} from '../support/packaged.ts';

/** Lambda sets the first two; the endpoints, the issuer and its keys are AWS's own. Lambda takes no plain secret. */
const automatic = [
  'AWS_REGION',
  'AWS_LAMBDA_FUNCTION_NAME',
  'BACKEND_SECRET',
  'AWS_ENDPOINT_URL_SECRETS_MANAGER',
  'AWS_ENDPOINT_URL_COGNITO_IDENTITY',
  'AWS_ENDPOINT_URL_DYNAMODB',
  'COGNITO_ISSUER',
  'COGNITO_JWKS_URL',
];

/** Functions that ask the authenticator. */
const takeCredentials = ['login', 'refresh', 'merge-accounts', 'unlink-account'];

const isAuthenticators = (name: string) => /^(AUTHENTICATOR|BACKEND_|JWT_)/.test(name);
const isStaffs = (name: string) => name.startsWith('STAFF_');

const environmentOf = (name: string, from = directory): Record<string, unknown> =>
  propertiesOf(`${logicalName(name)}LambdaFunction`, from).Environment.Variables;
const namesOf = (name: string, from = directory) =>
  new Set(
    Object.keys(environmentOf(name, from)).filter((variable) => !/^(NODE_|POWERTOOLS_)/.test(variable)),
  );

const callers = Object.entries({
  ...Object.fromEntries(Object.values(routes).map(({ name, caller }) => [name, caller])),
  resume: 'anyone',
});
const settings = variables.filter((name) => !automatic.includes(name));

test('every function gets the settings that it reads: credentials and staff are the business of some', () => {
  for (const [name, caller] of callers) {
    const expected = settings.filter((variable) => {
      if (isStaffs(variable)) return caller.startsWith('identities:');
      // The chosen authenticator's: here the directory, which has no settings.
      if (isAuthenticators(variable)) return takeCredentials.includes(name) && variable === 'AUTHENTICATOR';
      return true;
    });
    assert.deepEqual(namesOf(name), new Set(expected), name);
  }
});

test('every setting of every authenticator can be set', () => {
  for (const name of takeCredentials) {
    const given = [directory, http, jwt].flatMap((each) => [...namesOf(name, each)]);
    assert.deepEqual(
      new Set(given.filter(isAuthenticators)),
      new Set(settings.filter(isAuthenticators)),
      name,
    );
  }
});

test("a setting is the parameter of its name: a function's own or everybody's", () => {
  assert.partialDeepStrictEqual(environmentOf('refresh', http), {
    IDENTITY_POOL_ID: { Ref: 'IdentityPool' },
    TABLE_NAME: { Ref: 'Table' },
    AUDIT_TABLE_NAME: { Ref: 'AuditTable' },
    AUTHENTICATOR: 'http',
    BACKEND_URL: changes.backendUrl,
    BACKEND_REFRESH_URL: changes.backendRefreshUrl,
    BACKEND_SECRET_ARN: changes.backendSecretArn,
    SESSION_LIFETIME_SECONDS: changes.sessionLifetimeSeconds,
  });
  assert.equal(environmentOf('lookup', http).STAFF_ISSUER, changes.staffIssuer);
});

test("a stage's log has its level, its samples and its retention", () => {
  const logsOf = (from: typeof directory) => {
    const { POWERTOOLS_LOG_LEVEL, POWERTOOLS_LOGGER_SAMPLE_RATE } = environmentOf('login', from);
    const groups = Object.values(from.template.Resources).filter(
      ({ Type }) => Type === 'AWS::Logs::LogGroup',
    );
    const days = new Set(groups.map(({ Properties }) => Properties.RetentionInDays));
    return [POWERTOOLS_LOG_LEVEL, POWERTOOLS_LOGGER_SAMPLE_RATE, ...days];
  };
  assert.deepEqual(logsOf(directory), ['DEBUG', '0', 7]);
  assert.deepEqual(logsOf(prod), ['INFO', '0.01', 90]);
  assert.deepEqual(logsOf(http), ['WARN', '0.5', 14]);
});

test('a stage counts for itself', () => {
  const named = [directory, prod].map((from) => environmentOf('login', from).POWERTOOLS_SERVICE_NAME);
  assert.deepEqual(named, ['cognito-developer-identities-dev', 'cognito-developer-identities-prod']);
});

test('X-Ray follows requests where it is asked to', () => {
  const mode = (from: typeof directory) => propertiesOf('LoginLambdaFunction', from).TracingConfig.Mode;
  assert.deepEqual([directory, prod, http].map(mode), ['PassThrough', 'Active', 'Active']);
});

test('a parameter that is missing stops the packaging, and is named', () => {
  assert.throws(
    () => packaged({ authenticator: 'http', backendUrl: 'https://a.example' }),
    ({ stdout }: { stdout: Buffer }) => stdout.includes('BACKEND_SECRET_ARN'),
  );
});
