import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checks } from '../../doctor/checks.ts';
import { startDeployment } from '../support/deployment.ts';

for (const [variant, notChecked] of Object.entries({
  http: { "backend's keys": 'the authenticator is not jwt' },
  jwt: { backend: 'the authenticator is not http' },
  guests: {
    backend: 'the authenticator is not http',
    "backend's keys": 'the authenticator is not jwt',
  },
})) {
  test(`what the packaged template deploys is healthy: ${variant}`, async (t) => {
    const deployment = await startDeployment(t, variant);
    assert.deepEqual(await deployment.findings(), {});
    assert.deepEqual(await deployment.notChecked(), notChecked);
  });
}

test('every check has a name of its own, and says how to mend', () => {
  assert.equal(new Set(checks.map(({ name }) => name)).size, checks.length);
  for (const { name, what, mend } of checks) assert.ok(what && mend, name);
});
