import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { decodeJwt } from 'jose';
import { post, testStack } from '../support/stack.ts';

const { apiUrl, dynamodbUrl } = await testStack({ PRINCIPAL_TAGS: 'role' });
const password = 'long enough, and then some';

/** Runs what `npm run users` runs, with the text on its standard input. */
const users = async (args: string[], input = '', env: NodeJS.ProcessEnv = {}) => {
  const child = spawn(process.execPath, ['local/users.ts', ...args], {
    env: {
      ...process.env,
      TABLE_NAME: '',
      DYNAMODB_PORT: new URL(dynamodbUrl).port,
      NODE_V8_COVERAGE: '',
      ...env,
    },
  });
  child.stdin.end(input);
  const exited = new Promise((resolve) => child.once('close', resolve));
  const [code, out, error] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  return { code, out, error };
};
const login = (username: string) => post(`${apiUrl}/login`, { username, password });

test('a user that is added can log in, until disabled, and again when enabled', async () => {
  const added = await users(['add', 'Carol', '--attribute', 'role=editor'], `${password}\n`);
  assert.equal(added.code, 0);
  const [, userId = ''] = /^carol added, user id ([0-9a-f-]{36})\n$/.exec(added.out) ?? [];
  const { status, body } = await login('carol');
  assert.equal(status, 200);
  const claims = decodeJwt(body.token ?? '');
  assert.ok((claims.amr as string[]).at(-1)?.endsWith(`:${userId}`));
  assert.deepEqual(claims['https://aws.amazon.com/tags'], { principal_tags: { role: ['editor'] } });

  assert.equal((await users(['disable', 'CAROL'])).code, 0);
  assert.equal((await login('carol')).status, 401);
  assert.match((await users(['list'])).out, new RegExp(`^carol\\t${userId}\\tdisabled\\t`, 'm'));
  assert.equal((await users(['enable', 'carol'])).code, 0);
  assert.equal((await login('carol')).status, 200);
});

test('a new password replaces the old one', async () => {
  await users(['add', 'frank'], 'the old password');
  assert.equal((await login('frank')).status, 401);
  assert.deepEqual(await users(['set-password', 'Frank'], password), {
    code: 0,
    out: 'Frank has a new password\n',
    error: '',
  });
  assert.equal((await login('frank')).status, 200);
});

test("a user id that the user already has is taken over, and is nobody else's from then on", async () => {
  await users(['add', 'dave', '--user-id', 'legacy-7'], password);
  const second = await users(['add', 'eve', '--user-id', 'legacy-7'], password);
  assert.deepEqual([second.code, second.error], [1, "The user id legacy-7 is dave's\n"]);
  const { amr } = decodeJwt((await login('dave')).body.token ?? '');
  assert.ok((amr as string[]).at(-1)?.endsWith(':legacy-7'));
});

test('attributes are replaced, all of them, and listed', async () => {
  const tags = async () => decodeJwt((await login('ivan')).body.token ?? '')['https://aws.amazon.com/tags'];
  const listed = async () => /^ivan\t.*\t(.*)$/m.exec((await users(['list'])).out)?.[1];
  await users(['add', 'ivan', '--attribute', 'role=editor', '--attribute', 'team=a'], password);
  assert.equal(await listed(), '{"role":"editor","team":"a"}');
  assert.deepEqual(await users(['set-attributes', 'Ivan', '--attribute', 'role=reader']), {
    code: 0,
    out: 'Ivan has the attributes {"role":"reader"}\n',
    error: '',
  });
  assert.equal(await listed(), '{"role":"reader"}');
  assert.deepEqual(await tags(), { principal_tags: { role: ['reader'] } });
  assert.equal((await users(['set-attributes', 'ivan'])).code, 0);
  assert.equal(await listed(), '{}');
  assert.equal(await tags(), undefined);
});

test('a user that is removed cannot log in, and the name is free', async () => {
  const [, userId] = /user id (\S+)/.exec((await users(['add', 'judy'], password)).out) ?? [];
  assert.deepEqual(await users(['remove', 'Judy']), {
    code: 0,
    out: `Judy removed, user id ${userId}: never give it to somebody else\n`,
    error: '',
  });
  assert.equal((await login('judy')).status, 401);
  assert.doesNotMatch((await users(['list'])).out, /^judy\t/m);
  assert.equal((await users(['add', 'judy'], password)).code, 0);
});

test('a name that is taken, however it is written, is refused', async () => {
  const { code, error } = await users(['add', 'ＡLICE'], password);
  assert.deepEqual([code, error], [1, 'There is a user alice already\n']);
});

test('bad usage is named first, and exit 1', async () => {
  for (const [args, input, expected] of [
    [['add', 'erin'], 'short', /at least 8 characters/],
    [['add'], password, /^add needs a username\n\n.*npm run users -- add/s],
    [['add', 'erin', '--attribute', 'role'], password, /<name>=<value>/],
    [['add', 'erin', '--password', password], '', /^Unknown option '--password'.*npm run users -- add/s],
    [['disable', 'nobody'], '', /There is no user nobody/],
    [['add', 'er\u200bin'], password, /invisible characters/],
    [['add', 'x'.repeat(257)], password, /The username is too long/],
    [['add', 'erin'], 'x'.repeat(1_025), /The password is too long/],
    [['set-password', 'alice'], 'x'.repeat(1_025), /The password is too long/],
    [['set-attributes', 'nobody'], '', /There is no user nobody/],
    [['remove', 'nobody'], '', /There is no user nobody/],
    [['disable', 'alice', 'bob'], '', /^disable does not take bob\n\n.*npm run users -- add/s],
    [['list', 'alice'], '', /^list does not take alice\n/],
    [['set-password', 'alice', '--attribute', 'a=b'], password, /^set-password does not take --attribute\n/],
    [['set-password', 'nobody'], password, /There is no user nobody/],
    [['destroy', 'alice'], '', /^There is no command destroy\n\n.*npm run users -- add/s],
    [['foo'], '', /^There is no command foo\n/],
  ] as const) {
    const { code, error } = await users([...args], input);
    assert.equal(code, 1);
    assert.match(error, expected);
    assert.doesNotMatch(error, /\n\s+at /);
  }
  assert.match((await users([])).out, /npm run users -- add/);
});

test('without a stack it says what is missing', async () => {
  for (const command of [['list'], ['disable', 'alice']]) {
    const { code, error } = await users(command, '', { DYNAMODB_PORT: '9' });
    assert.equal(code, 1);
    assert.match(error, /ECONNREFUSED.*Is "npm start" running\?/);
  }
});
