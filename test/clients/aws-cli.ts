import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { playScenario, start } from '../support/client-scenario.ts';

const run = promisify(execFile);

const env = {
  ...process.env,
  AWS_ACCESS_KEY_ID: 'AKIDTEST',
  AWS_SECRET_ACCESS_KEY: 'secret',
  AWS_DEFAULT_REGION: 'us-east-1',
  AWS_CONFIG_FILE: '/dev/null',
  AWS_EC2_METADATA_DISABLED: 'true',
  AWS_PAGER: '',
};

/** Runs `aws` against an endpoint; an empty answer is an empty object. */
async function aws(
  endpoint: string,
  service: string,
  command: string,
  args: string[],
  more: NodeJS.ProcessEnv = {},
) {
  const all = [service, command, '--endpoint-url', endpoint, '--output', 'json', '--no-paginate', ...args];
  const { stdout } = await run('aws', all, { env: { ...env, ...more } });
  return JSON.parse(stdout.trim() || '{}') as Record<string, unknown>;
}

const missing = await run('aws', ['--version'], { env }).then(
  () => false,
  () => 'the AWS CLI is not installed (Debian: awscli)',
);

test('AWS CLI: cognito-identity', { skip: missing }, async (t) => {
  const started = await start(t);
  await playScenario(started, {
    call: (operation, input) => {
      const command = operation.replace(/(?<!^)[A-Z]/g, '-$&').toLowerCase();
      return aws(started.emulator.endpoint, 'cognito-identity', command, [
        '--cli-input-json',
        JSON.stringify(input),
      ]);
    },
  });
});

test('AWS CLI: sts', { skip: missing }, async (t) => {
  const { emulator } = await start(t);
  const { endpoint } = emulator;
  const pool = [
    '--identity-pool-name',
    'x',
    '--allow-unauthenticated-identities',
    '--developer-provider-name',
    'p',
  ];
  const { IdentityPoolId } = await aws(endpoint, 'cognito-identity', 'create-identity-pool', pool);
  const login = ['--identity-pool-id', String(IdentityPoolId), '--logins', 'p=ada'];
  const developer = 'get-open-id-token-for-developer-identity';
  const { Token, IdentityId } = await aws(endpoint, 'cognito-identity', developer, login);
  const role = ['--role-arn', 'arn:aws:iam::123456789012:role/user', '--role-session-name', 'ada'];
  const token = ['--web-identity-token', String(Token)];
  const assumed = await aws(endpoint, 'sts', 'assume-role-with-web-identity', [...role, ...token]);
  assert.equal(assumed.SubjectFromWebIdentityToken, IdentityId);
  const { AccessKeyId, SecretAccessKey, SessionToken } = assumed.Credentials as Record<string, string>;
  const caller = await aws(endpoint, 'sts', 'get-caller-identity', [], {
    AWS_ACCESS_KEY_ID: AccessKeyId,
    AWS_SECRET_ACCESS_KEY: SecretAccessKey,
    AWS_SESSION_TOKEN: SessionToken,
  });
  assert.equal(caller.Arn, 'arn:aws:sts::123456789012:assumed-role/user/ada');
  assert.equal(caller.Account, '123456789012');
});
