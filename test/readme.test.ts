import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { problems } from '../lib/problem.ts';
import { testStack } from './support/stack.ts';

const { apiUrl, cognito } = await testStack();
const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test("the README's program gets AWS credentials", async () => {
  const [, program = ''] = /```js\n(.*?)```/s.exec(readme) ?? [];
  // In the repository, where it finds the SDK; with this stack's addresses.
  const file = fileURLToPath(new URL(`../.readme-${process.pid}.mjs`, import.meta.url));
  writeFileSync(
    file,
    program.replace('http://localhost:3000', apiUrl).replace('http://localhost:3001', cognito.endpoint),
  );
  const { stdout } = await promisify(execFile)(process.execPath, [file]).finally(() => rmSync(file));
  assert.match(stdout, /accessKeyId: '\w+'/);
});

test('the README lists every problem with its status', () => {
  for (const [code, { status }] of Object.entries(problems)) {
    assert.match(readme, new RegExp(`^\\|.*\`${code}\`.*\\|[^|]*${status}[^|]*\\|`, 'm'), code);
  }
});
