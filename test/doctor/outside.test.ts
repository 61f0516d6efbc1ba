import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Deployment, fault, startDeployment } from '../support/deployment.ts';
import { newKey, trustOutside } from '../support/outside.ts';

/** Changes a setting of all functions that have it. */
const set = ({ account }: Deployment, name: string, value: string) => {
  for (const { type, properties } of Object.values(account.resources))
    if (type === 'AWS::Lambda::Function' && name in properties.Environment.Variables)
      properties.Environment.Variables[name] = value;
};

fault("Cognito's keys that can't be had", "Cognito's keys", /does not answer: ECONNREFUSED/, () => {
  process.env.COGNITO_JWKS_URL = 'http://localhost:2/jwks';
});

fault(
  "a backend's key of another algorithm",
  "backend's keys",
  /has no key for RS256 or ES256/,
  async (deployment) => {
    deployment.outside.keys = [await newKey('ES384')];
    // Staff's may be that.
    set(deployment, 'STAFF_ALGORITHMS', 'ES384');
  },
  'jwt',
);

fault(
  'backend keys on localhost',
  "backend's keys",
  /is on this machine, and not where the functions run/,
  async (deployment) => {
    const { env } = deployment;
    set(deployment, 'JWT_ALGORITHMS', 'RS512');
    set(deployment, 'JWT_JWKS_URL', env.COGNITO_JWKS_URL);
  },
  'jwt',
);

fault("staff's keys that can't be had", "staff's keys", /\/jwks answers 500/, ({ outside }) => {
  outside.statuses['/jwks'] = 500;
});

fault("staff's keys that are none", "staff's keys", /has no key for ES256/, ({ outside }) => {
  outside.keys = [];
});

fault("a key of staff's that is for encryption", "staff's keys", /has no key for ES256/, ({ outside }) => {
  outside.keys = outside.keys.map((key) => ({ ...key, use: 'enc' }));
});

fault("a key of staff's that is broken", "staff's keys", /has no key for ES256/, ({ outside }) => {
  outside.keys = outside.keys.map((key) => ({ ...key, x: 'AAAA' }));
});

fault('a private key for everybody', "staff's keys", /shows the secret of its key 1/, ({ outside }) => {
  outside.keys = outside.keys.map((key) => ({ ...key, d: 'AAAA' }));
});

fault(
  'an issuer that calls itself otherwise',
  "staff's issuer",
  /calls itself https:\/\/other\.example/,
  ({ outside }) => {
    outside.discovery = { issuer: 'https://other.example' };
  },
);

fault(
  'an issuer with other keys',
  "staff's issuer",
  /keys are at https:\/\/other\.example\/jwks/,
  ({ outside }) => {
    outside.discovery = { jwks_uri: 'https://other.example/jwks' };
  },
);

fault('an issuer without discovery', "staff's issuer", /openid-configuration answers 404/, ({ outside }) => {
  outside.statuses['/.well-known/openid-configuration'] = 404;
});

fault('a backend that does not answer', 'backend', /\/login does not answer: ECONNREFUSED/, (deployment) =>
  set(deployment, 'BACKEND_URL', 'https://localhost:2/login'),
);

fault('a backend without TLS', 'backend', /does not answer: .*(SSL|wrong version)/i, (deployment) =>
  set(deployment, 'BACKEND_URL', deployment.cognito.endpoint.replace('http:', 'https:')),
);

fault('a refresh backend that does not answer', 'backend', /\/refresh does not answer/, (deployment) =>
  set(deployment, 'BACKEND_REFRESH_URL', 'https://localhost:2/refresh'),
);

test('found: a certificate that nobody vouches for', async (t) => {
  const deployment = await startDeployment(t);
  trustOutside(false);
  const { backend } = await deployment.findings();
  assert.match(String(backend), /does not answer: \S+ self-signed certificate/);
});

test('without an issuer of staff, that is said and no finding', async (t) => {
  const deployment = await startDeployment(t);
  for (const name of ['STAFF_ISSUER', 'STAFF_AUDIENCE', 'STAFF_JWKS_URL']) set(deployment, name, '');
  assert.deepEqual(await deployment.findings(), {});
  assert.match(String((await deployment.notChecked())["staff's issuer"]), /staff can do nothing/);
});
