import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { promisify } from 'node:util';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ProblemCode } from '../../lib/problem.ts';
import { addCast } from '../../local/cast.ts';
import { events, invoke } from '../../local/invoke.ts';
import { testStack } from '../support/stack.ts';

/** What every recorded event is answered: some members of the body, or the problem's code. */
const answers: Record<string, object | ProblemCode | 'nothing'> = {
  account: { developerUserIdentifiers: ['4711'] },
  'account-without-token': 'unauthorized',
  audit: { entries: [] },
  'delete-identity': 'nothing',
  'delete-identity-without-reason': 'invalid_request',
  'describe-identity': { logins: ['login.local'] },
  'describe-identity-unknown': 'identity_not_found',
  'end-sessions': 'nothing',
  'end-sessions-slash': 'nothing',
  health: { table: 'ok', identityPool: 'ok' },
  'list-identities': {},
  'list-identities-first-page': {},
  login: { region: 'us-east-1' },
  'login-bad-credentials': 'invalid_credentials',
  'login-guest': { guest: 'linked' },
  'login-unknown-member': 'invalid_request',
  logout: 'nothing',
  'logout-everywhere': 'nothing',
  lookup: { developerUserIdentifiers: ['4711'] },
  'lookup-by-identity': { developerUserIdentifiers: ['4711'] },
  'lookup-stranger': 'unauthorized',
  'lookup-unknown-user': 'identity_not_found',
  'merge-accounts': { outcome: 'merged' },
  'merge-accounts-bad-credentials': 'invalid_credentials',
  'merge-accounts-dry-run': { outcome: 'would-merge' },
  merge: { outcome: 'merged' },
  'merge-dry-run': { outcome: 'would-merge' },
  'merge-read-only-staff': 'insufficient_scope',
  refresh: { region: 'us-east-1' },
  'refresh-unknown-token': 'invalid_refresh_token',
  unlink: 'nothing',
  'unlink-last-login': 'last_login',
  'unlink-account': 'nothing',
  'unlink-account-last-login': 'last_login',
};

const recorded = (event: string) => readFileSync(`events/${event}.json`, 'utf8');
const stack = await testStack();
await addCast(stack);

test('every recorded event has its answer here', () => {
  const names = readdirSync('events').map((file) => file.replace('.json', ''));
  assert.deepEqual(new Set(names), new Set([...Object.keys(answers), 'resume']));
  assert.deepEqual(new Set([...events.values()].flat()), new Set(names));
});

for (const [name, event] of [...events].flatMap(([name, all]) =>
  all.map((event) => [name, event] as const),
)) {
  const expected = answers[event] ?? {};
  test(`the event ${event} of ${name} is answered ${JSON.stringify(expected)}`, async () => {
    const answer = await invoke(stack, name, recorded(event));
    if (event === 'resume') return assert.deepEqual(answer, { finished: 0, left: 0 });
    const { statusCode, body = '{}' } = answer as APIGatewayProxyStructuredResultV2;
    if (expected === 'nothing') return assert.equal(statusCode, 204, body);
    if (typeof expected === 'string') return assert.equal(JSON.parse(body).code, expected);
    assert.equal(statusCode, 200, body);
    assert.partialDeepStrictEqual(JSON.parse(body), expected);
  });
}

const run = (...args: string[]) =>
  promisify(execFile)(process.execPath, ['local/invoke.ts', ...args], {
    // Whatever else the shell is set up for: the events' users are the directory's.
    env: { ...process.env, AUTHENTICATOR: 'jwt', NODE_V8_COVERAGE: '' },
  });

test('npm run invoke runs a function with its event, or with the one that it is given', async () => {
  assert.equal(JSON.parse((await run('health')).stdout).body.table, 'ok');
  const { stdout } = await run('merge', 'events/merge-dry-run.json');
  assert.equal(JSON.parse(stdout).body.outcome, 'would-merge');
});

test('npm run invoke lists what there is, and says what there is not', async () => {
  const help = await run('--help');
  for (const event of [...events.values()].flat()) assert.ok(help.stdout.includes(`events/${event}.json`));
  await assert.rejects(run('logn'), ({ code, stderr }: { code: number; stderr: string }) => {
    assert.equal(stderr, 'There is no function logn: see npm run invoke -- --help\n');
    return code === 1;
  });
  await assert.rejects(run('login', 'events/logn.json'), ({ stderr }: { stderr: string }) => {
    assert.equal(stderr, 'There is no file events/logn.json: see npm run invoke -- --help\n');
    return true;
  });
});
