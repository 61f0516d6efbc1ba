import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { decodeJwt } from 'jose';
import { staffScopes } from '../../local/settings.ts';
import { testStack } from '../support/stack.ts';

const { staffUrl } = await testStack();

/** Runs what `npm run staff-token` runs. */
const staffToken = async (args: string[], env: NodeJS.ProcessEnv = {}) => {
  const child = spawn(process.execPath, ['local/staff-token.ts', ...args], {
    env: { ...process.env, STAFF_PORT: new URL(staffUrl).port, NODE_V8_COVERAGE: '', ...env },
  });
  const exited = new Promise((resolve) => child.once('close', resolve));
  const [code, out, error] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  return { code, out, error };
};

test('it prints a token with every scope, or with those that are asked for', async () => {
  const { code, out } = await staffToken([]);
  assert.equal(code, 0);
  assert.equal(decodeJwt(out.trim()).scope, staffScopes.join(' '));
  const { out: narrow } = await staffToken(['--scope', 'identities:read']);
  assert.equal(decodeJwt(narrow.trim()).scope, 'identities:read');
});

test('bad usage is named first, then comes the good one, and exit 1', async () => {
  for (const [args, expected] of [
    [['--scop', 'x'], /^Unknown option '--scop'.*npm run -s staff-token/s],
    [['--scope'], /^Option '--scope <value>' argument missing\n\n.*npm run -s staff-token/s],
    [['identities:read'], /^Unexpected argument 'identities:read'.*npm run -s staff-token/s],
  ] as const) {
    const { code, out, error } = await staffToken([...args]);
    assert.deepEqual([code, out], [1, '']);
    assert.match(error, expected);
    assert.doesNotMatch(error, /\n\s+at /);
  }
});

test('without a stack, or with a port that is none, it says so in one line, and exit 1', async () => {
  for (const [port, expected] of [
    ['9', /^Nothing answers at .*Is "npm start" running\?.*\n$/],
    ['http', /^STAFF_PORT must be a port number.*\n$/],
  ] as const) {
    const { code, error } = await staffToken([], { STAFF_PORT: port });
    assert.equal(code, 1);
    assert.match(error, expected);
  }
});
