import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  readSignInConfig as readConfig,
  readConfig as readEveryConfig,
  timeLimits,
} from '../../lib/config.ts';

const common = {
  TABLE_NAME: 'users',
  AUDIT_TABLE_NAME: 'audit',
  AWS_REGION: 'us-east-1',
  IDENTITY_POOL_ID: 'us-east-1:0-f',
  DEVELOPER_PROVIDER_NAME: 'login.app',
};
const directory = { ...common, AUTHENTICATOR: 'directory' };
const http = {
  ...common,
  AUTHENTICATOR: 'http',
  BACKEND_URL: 'https://backend.example/login',
  BACKEND_SECRET: 'x'.repeat(32),
};
const jwt = {
  ...common,
  AUTHENTICATOR: 'jwt',
  JWT_ISSUER: 'https://backend.example',
  JWT_AUDIENCE: 'app',
  JWT_JWKS_URL: 'https://backend.example/jwks',
};

test('what is left out, or empty, has its default', () => {
  const config = readConfig({
    ...directory,
    MAX_TOKEN_DURATION_SECONDS: '',
    PRINCIPAL_TAGS: 'role, tenant,',
  });
  assert.equal(config.MAX_TOKEN_DURATION_SECONDS, 3_600);
  assert.equal(config.COGNITO_ISSUER, 'https://cognito-identity.amazonaws.com');
  assert.deepEqual(config.PRINCIPAL_TAGS, ['role', 'tenant']);
  assert.deepEqual(config.PUBLIC_PROVIDERS, []);
});

test('every missing or wrong variable is named, its value is not', () => {
  const env = { ...http, IDENTITY_POOL_ID: undefined, BACKEND_SECRET: 'too-short-a-secret' };
  assert.throws(
    () => readConfig(env),
    ({ message }: Error) => {
      assert.match(message, /IDENTITY_POOL_ID is missing/);
      assert.match(message, /BACKEND_SECRET must have at least 32 characters/);
      assert.doesNotMatch(message, /too-short/);
      return true;
    },
  );
  assert.throws(
    () => readConfig({ ...directory, AUTHENTICATOR: 'magic' }),
    /AUTHENTICATOR must be directory, http or jwt/,
  );
});

test("the backend's secret is a reference on Lambda, or itself elsewhere, and never both", () => {
  const { BACKEND_SECRET, ...others } = http;
  const BACKEND_SECRET_ARN = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:backend-AbCdEf';
  const AWS_LAMBDA_FUNCTION_NAME = 'login';
  readConfig({ ...others, BACKEND_SECRET_ARN, AWS_LAMBDA_FUNCTION_NAME });
  readConfig({ ...others, BACKEND_SECRET });
  assert.throws(
    () => readConfig({ ...others, BACKEND_SECRET, AWS_LAMBDA_FUNCTION_NAME }),
    /BACKEND_SECRET is not taken on Lambda/,
  );
  for (const secrets of [{}, { BACKEND_SECRET, BACKEND_SECRET_ARN }])
    assert.throws(
      () => readConfig({ ...others, ...secrets }),
      /BACKEND_SECRET_ARN or BACKEND_SECRET must be/,
    );
  assert.throws(
    () => readConfig({ ...others, BACKEND_SECRET_ARN: BACKEND_SECRET }),
    /BACKEND_SECRET_ARN must/,
  );
});

test("staff's issuer, audience and keys are set together, or not at all", () => {
  const staff = {
    STAFF_ISSUER: 'https://staff.example',
    STAFF_AUDIENCE: 'staff',
    STAFF_JWKS_URL: 'https://staff.example/jwks',
  };
  readEveryConfig({ ...directory, ...staff });
  for (const name of Object.keys(staff))
    assert.throws(
      () => readEveryConfig({ ...directory, ...staff, [name]: '' }),
      /STAFF_ISSUER must be set with STAFF_AUDIENCE and STAFF_JWKS_URL: all three, or none/,
      name,
    );
});

test('credentials and keys travel by TLS, except on this machine', () => {
  assert.throws(
    () => readConfig({ ...http, BACKEND_URL: 'http://backend.example/login' }),
    /BACKEND_URL must be https/,
  );
  assert.throws(
    () => readConfig({ ...jwt, JWT_JWKS_URL: 'http://localhost.example/jwks' }),
    /JWT_JWKS_URL must be https/,
  );
  readConfig({ ...http, BACKEND_URL: 'http://localhost:9000/login' });
});

test('an address with a user and password in it is refused, and not shown', () => {
  for (const user of ['ada:lovelace@', 'ada@', ':lovelace@']) {
    assert.throws(
      () => readConfig({ ...http, BACKEND_URL: `https://${user}backend.example/login` }),
      ({ message }: Error) =>
        /BACKEND_URL must be https.*without a user and password/.test(message) &&
        !/ada|lovelace/.test(message),
    );
  }
});

test('a symmetric algorithm, or none, is refused', () => {
  for (const algorithm of ['HS256', 'none', 'RS256,HS256', ',']) {
    assert.throws(() => readConfig({ ...jwt, JWT_ALGORITHMS: algorithm }), /JWT_ALGORITHMS/, algorithm);
  }
});

test("the time limits of a login's calls together fit inside the function's, and that inside the gateway's", () => {
  const attempts = 2;
  const awsCall = attempts * timeLimits.awsAttempt;
  // The guest's keys, then the backend or the table (read, rewrite), then Cognito twice when a guest is kept apart.
  const login = timeLimits.jwks + Math.max(timeLimits.backend, 2 * awsCall) + 2 * awsCall;
  assert.ok(login < timeLimits.function - timeLimits.stop, `${login} ms`);
  assert.ok(timeLimits.stop > timeLimits.answer);
  assert.ok(timeLimits.function < 30_000);
});
