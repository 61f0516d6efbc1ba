import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { checks } from '../../doctor/checks.ts';
import { startDeployment } from '../support/deployment.ts';

/** Runs the command as npm does. */
const doctor = (args: string[], env: NodeJS.ProcessEnv = {}) =>
  new Promise<{ code: number; output: string; errors: string }>((done) => {
    const options = {
      env: {
        ...process.env,
        NODE_EXTRA_CA_CERTS: 'test/support/tls/localhost.pem',
        NODE_V8_COVERAGE: '',
        ...env,
      },
    };
    execFile(process.execPath, ['doctor/main.ts', ...args], options, (error, output, errors) =>
      done({ code: error ? Number(error.code) : 0, output, errors }),
    );
  });

test('a healthy stack: every check on a line, and 0', async (t) => {
  await startDeployment(t);
  const { code, output } = await doctor(['--stage', 'prod', '--region', 'us-east-1']);
  assert.equal(code, 0, output);
  assert.equal(output.split('\n').filter((line) => line.startsWith('  ok')).length, checks.length - 1);
  assert.match(output, /backend's keys: not checked: the authenticator is not jwt/);
  assert.match(output, /0 with findings, 1 not checked/);
});

test('a finding comes with its mend, and 1', async (t) => {
  const { properties } = await startDeployment(t);
  properties('Table').DeletionProtectionEnabled = false;
  const { code, output } = await doctor(['--stage', 'prod']);
  assert.equal(code, 1);
  assert.match(output, /FOUND {2}deletion: \S+ can be deleted\n +→ aws dynamodb update-table/);
});

test('an API under a domain of its own is asked there', async (t) => {
  const { account, outside } = await startDeployment(t);
  account.apiUrl = 'https://localhost:2';
  assert.equal((await doctor(['--stage', 'prod'])).code, 1);
  assert.equal((await doctor(['--stage', 'prod', '--url', `${outside.url}/`])).code, 0);
});

test('what can not be checked at all is said in one line, and 2', async (t) => {
  const { account } = await startDeployment(t);
  const noStack = await doctor(['--stage', 'other']);
  assert.deepEqual([noStack.code, noStack.output], [2, '']);
  assert.match(noStack.errors, /^\S+.*ValidationError.*\n$/);

  const nobody = { AWS_ACCESS_KEY_ID: '', AWS_SECRET_ACCESS_KEY: '', AWS_EC2_METADATA_DISABLED: 'true' };
  const noCredentials = await doctor(['--stage', 'prod'], { ...nobody, HOME: '/nonexistent' });
  assert.equal(noCredentials.code, 2);
  assert.match(noCredentials.errors, /^No AWS credentials: .*\n$/);

  account.denied = ['cloudformation:DescribeStacks'];
  const denied = await doctor(['--stage', 'prod']);
  assert.equal(denied.code, 2);
  assert.match(denied.errors, /cloudformation:DescribeStacks/);

  const unknown = await doctor(['--stag', 'prod']);
  assert.equal(unknown.code, 2);
  assert.match(unknown.errors, /--stag/);
});

test('--help says how, --list what', async () => {
  const { code, output } = await doctor(['--help']);
  assert.equal(code, 0);
  assert.match(output, /npm run doctor -- --stage prod/);
  const list = await doctor(['--list']);
  assert.equal(list.output.trim().split('\n').length, checks.length);
});
