import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import {
  CognitoIdentityClient,
  ListIdentityPoolsCommand,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity';
import { DeleteTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { auditTableName, useLocalCredentials } from '../../local/settings.ts';
import { npmStart } from '../support/npm-start.ts';

useLocalCredentials();
const folder = mkdtempSync(join(tmpdir(), 'doctor-'));
after(() => rmSync(folder, { recursive: true }));

const doctor = (env: NodeJS.ProcessEnv) =>
  new Promise<{ code: number; output: string }>((done) => {
    execFile(
      process.execPath,
      ['doctor/main.ts', '--local'],
      { env: { ...process.env, NODE_V8_COVERAGE: '', ...env } },
      (error, output, errors) => done({ code: error ? Number(error.code) : 0, output: output + errors }),
    );
  });

test('what npm start runs is checked as far as it goes, and its faults are found', async (t) => {
  const { urls, stop } = await npmStart({ LOCAL_DATA: join(folder, 'data') });
  t.after(() => stop());
  const port = (url: string) => new URL(url).port;
  const env = {
    PORT: port(urls.API),
    COGNITO_PORT: port(urls.Cognito),
    DYNAMODB_PORT: port(urls.DynamoDB),
    STAFF_PORT: port(urls['Staff tokens']),
  };
  const healthy = await doctor(env);
  assert.equal(healthy.code, 0, healthy.output);
  for (const name of [
    'pool',
    'provider',
    'pool roles',
    'tables',
    'keys and index',
    "staff's issuer",
    'API',
    'clocks',
  ])
    assert.match(healthy.output, new RegExp(`  ok     ${name}: `));
  assert.match(healthy.output, /^npm start, as if started with this shell's AUTHENTICATOR: directory\n/);
  const nowhere = healthy.output.split('\n').filter((line) => /on this machine/.test(line));
  assert.equal(nowhere.length, 1, healthy.output);
  assert.match(nowhere[0] ?? '', /^ {2}- +not checked, .*: stack, .*recovery, .*CORS$/);
  assert.doesNotMatch(healthy.output, /^ {2}ok .*(AWS|TLS|stack)/m);

  const backend = { AUTHENTICATOR: 'http', BACKEND_URL: urls.API, BACKEND_SECRET: 'x'.repeat(32) };
  const withBackend = await doctor({ ...env, ...backend });
  assert.match(withBackend.output, /^npm start, .* AUTHENTICATOR: http\n/);
  assert.match(withBackend.output, /^ {2}ok {5}backend: your backend answers$/m);

  const cognito = new CognitoIdentityClient({ endpoint: urls.Cognito, region: 'us-east-1' });
  t.after(() => cognito.destroy());
  const { IdentityPools: [pool] = [] } = await cognito.send(new ListIdentityPoolsCommand({ MaxResults: 1 }));
  await cognito.send(new SetIdentityPoolRolesCommand({ IdentityPoolId: pool?.IdentityPoolId, Roles: {} }));
  const dynamodb = new DynamoDBClient({ endpoint: urls.DynamoDB, region: 'us-east-1' });
  t.after(() => dynamodb.destroy());
  await dynamodb.send(new DeleteTableCommand({ TableName: auditTableName }));
  const faulty = await doctor(env);
  assert.equal(faulty.code, 1);
  assert.match(faulty.output, /FOUND {2}pool roles: No role for signed-in users/);
  assert.match(faulty.output, /FOUND {2}tables: /);
});

test('where nothing runs, that is said in one line, and 2', async () => {
  const { code, output } = await doctor({ COGNITO_PORT: '1' });
  assert.equal(code, 2);
  assert.match(output, /^Nothing answers at http:\/\/localhost:1, .*COGNITO_PORT.*\n$/);
});
