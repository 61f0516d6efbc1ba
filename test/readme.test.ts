import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { http } from '../lib/authenticators/http.ts';
import { problems } from '../lib/problem.ts';
import { testStack } from './support/stack.ts';

const { apiUrl, cognito } = await testStack();
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test("the README's program gets AWS credentials", async () => {
  const [, program = ''] = /```js\n(import \{ fromCognitoIdentity.*?)```/s.exec(readme) ?? [];
  // In the repository, where it finds the SDK; with this stack's addresses.
  const file = fileURLToPath(new URL(`../.readme-${process.pid}.mjs`, import.meta.url));
  writeFileSync(
    file,
    program.replace('http://localhost:3000', apiUrl).replace('http://localhost:3001', cognito.endpoint),
  );
  const { stdout } = await promisify(execFile)(process.execPath, [file]).finally(() => rmSync(file));
  assert.match(stdout, /accessKeyId: '\w+'/);
});

test("the README's backend says yes and no, to this service only", async () => {
  const program = /```js\n(import \{ createHmac.*?)```/s.exec(readme)?.[1] ?? '';
  const secret = 'x'.repeat(32);
  const child = spawn(
    process.execPath,
    [
      '--input-type=module',
      '-e',
      program
        .replace('listen(5000', 'listen(0')
        .replace(/\);\s*$/, ', function () { console.log(this.address().port); });'),
    ],
    { env: { ...process.env, BACKEND_SECRET: secret } },
  );
  after(() => child.kill());
  const [port] = await once(child.stdout, 'data');
  const { authenticate } = http({
    BACKEND_URL: `http://localhost:${String(port).trim()}`,
    BACKEND_SECRET: secret,
  } as never);
  const context = { signal: new AbortController().signal, allow: async () => {} };
  assert.deepEqual(await authenticate({ username: 'ada', password: 'lovelace' }, context), {
    userId: '4711',
    attributes: { role: 'editor' },
  });
  assert.equal(await authenticate({ username: 'ada', password: 'x' }, context), undefined);
  const forged = http({
    BACKEND_URL: `http://localhost:${String(port).trim()}`,
    BACKEND_SECRET: 'y'.repeat(32),
  } as never);
  await assert.rejects(forged.authenticate({ username: 'ada', password: 'lovelace' }, context), {
    code: 'backend_unavailable',
  });
});

test('the README lists every problem with its status', () => {
  for (const [code, { status }] of Object.entries(problems)) {
    assert.match(readme, new RegExp(`^\\|.*\`${code}\`.*\\|[^|]*${status}[^|]*\\|`, 'm'), code);
  }
});
