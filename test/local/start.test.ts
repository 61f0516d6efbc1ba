import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { decodeJwt } from 'jose';
import { demoPassword as password } from '../../local/settings.ts';
import { npmStart } from '../support/npm-start.ts';
import { post } from '../support/stack.ts';

const folder = mkdtempSync(join(tmpdir(), 'start-'));
after(() => rmSync(folder, { recursive: true }));
const run = promisify(execFile);

test('a restart keeps the pool, its keys, the identities and the users; Ctrl-C ends it with 0', async () => {
  const env = { LOCAL_DATA: join(folder, 'kept') };
  const logins: { sub?: string; aud?: unknown }[] = [];
  const keys: string[] = [];
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGKILL', 'SIGINT'] as const) {
    const { urls, stop } = await npmStart(env);
    const { status, body } = await post(`${urls.API}/login`, { username: 'bob', password });
    assert.equal(status, 200);
    logins.push(decodeJwt(body.token ?? ''));
    keys.push(await (await fetch(`${urls.Cognito}/.well-known/jwks_uri`)).text());
    assert.equal(await stop(signal), signal === 'SIGKILL' ? null : 0);
  }
  assert.equal(new Set(logins.map(({ sub }) => sub)).size, 1);
  assert.equal(new Set(logins.map(({ aud }) => aud)).size, 1);
  assert.equal(new Set(keys).size, 1);
});

test('the curl line that it prints logs in', async () => {
  const { output, stop } = await npmStart({ LOCAL_DATA: join(folder, 'curl') });
  const [line = ''] = /curl .*\n.*'\n/.exec(output()) ?? [];
  const { stdout } = await run('sh', ['-c', line]);
  await stop();
  assert.match(JSON.parse(stdout).identityId, /^us-east-1:/);
});

test('a port in use is one clear line and exit 1, whichever it is, and nothing stays behind', async () => {
  const { urls, stop } = await npmStart({ LOCAL_DATA: join(folder, 'first') });
  for (const [variable, url] of [
    ['PORT', urls.API],
    ['COGNITO_PORT', urls.Cognito],
    ['DYNAMODB_PORT', urls.DynamoDB],
    ['STAFF_PORT', urls['Staff tokens']],
  ] as const) {
    const { port } = new URL(url);
    const second = await npmStart({ LOCAL_DATA: join(folder, 'second'), [variable]: port });
    assert.equal(await second.stop(), 1);
    assert.match(second.output(), new RegExp(`^Port ${port} is in use\\. Set .*${variable}.*\\n$`));
  }
  await stop();
});

test('a setting that is wrong is named, and exit 1', async () => {
  const wrongPort = await npmStart({ PORT: 'http' });
  assert.equal(await wrongPort.stop(), 1);
  assert.match(wrongPort.output(), /^PORT must be a port number.*\n$/);
  const noBackend = await npmStart({ LOCAL_DATA: join(folder, 'wrong'), AUTHENTICATOR: 'http' });
  assert.equal(await noBackend.stop(), 1);
  assert.match(noBackend.output(), /BACKEND_URL is missing\n/);
  assert.ok(!existsSync(join(folder, 'wrong')));
});

test('a folder that is in use by another one is a clear line and exit 1', async () => {
  const env = { LOCAL_DATA: join(folder, 'shared') };
  const first = await npmStart(env);
  const second = await npmStart(env);
  assert.equal(await second.stop(), 1);
  assert.match(
    second.output(),
    new RegExp(`^npm start is running already with the folder ${env.LOCAL_DATA}\\. .*LOCAL_DATA.*PORT.*\\n$`),
  );
  // What is wrong with the settings is told first: another folder would not mend it.
  const wrong = await npmStart({ ...env, AUTHENTICATOR: 'ldap' });
  assert.equal(await wrong.stop(), 1);
  assert.match(wrong.output(), /AUTHENTICATOR must be directory, http or jwt\n$/);
  assert.equal(await first.stop(), 0);
  assert.ok(existsSync(env.LOCAL_DATA));
});
