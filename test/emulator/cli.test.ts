import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { CreateIdentityPoolCommand, ListIdentitiesCommand } from '@aws-sdk/client-cognito-identity';
import { clientOf, createPool, logIn, provider } from '../support/emulator.ts';

const cli = new URL('../../emulator/cli.ts', import.meta.url).pathname;

type Run = { process: ChildProcess; closed: Promise<unknown>; output: () => string; errors: () => string };

function run(t: TestContext, ...args: string[]): Run {
  const child = spawn(process.execPath, [cli, ...args]);
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  let errors = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  return { process: child, closed: once(child, 'close'), output: () => output, errors: () => errors };
}

/** The endpoint of the ready line. */
async function ready({ process: child, closed, output, errors }: Run): Promise<string> {
  while (!output().includes('\n')) {
    assert.equal(child.exitCode, null, errors());
    await Promise.race([once(child.stdout ?? child, 'data'), closed]);
  }
  const [, endpoint] = /^Cognito Identity emulator ready at (http:\S+)\n/.exec(output()) ?? [];
  assert.ok(endpoint, output());
  return endpoint;
}

/** The exit code, once all that was printed is here. */
async function ended({ process: child, closed }: Run): Promise<number | null> {
  await closed;
  return child.exitCode;
}

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'emulator-'));
  t.after(() => rm(path, { recursive: true }));
  return path;
}

function connect(t: TestContext, endpoint: string) {
  const client = clientOf(endpoint);
  t.after(() => client.destroy());
  return client;
}

test('help, version, and mistakes at the keyboard', async (t) => {
  const version = run(t, '--version');
  assert.equal(await ended(version), 0);
  assert.match(version.output(), /^\d+\.\d+\.\d+\n$/);
  const help = run(t, '--help');
  assert.equal(await ended(help), 0);
  assert.match(help.output(), /--seed <file.json>/);
  const mistakes = [
    ['--prot', '1'],
    ['--port', 'x'],
    ['--port', '65536'],
    ['--provider', 'x'],
    ['--account-id', '1'],
    ['--region', 'Europe'],
    ['x'],
  ];
  const runs = mistakes.map((mistake) => run(t, ...mistake));
  for (const [index, wrong] of runs.entries()) {
    assert.equal(await ended(wrong), 2, mistakes[index]?.join(' '));
    assert.match(wrong.errors(), /Try --help/);
  }
});

test('what it is told is what it does: seed, account, region, log, and a clean end', async (t) => {
  const seed = join(await folder(t), 'seed.json');
  const IdentityPoolId = 'eu-west-1:00000000-0000-0000-0000-000000000001';
  const IdentityId = 'eu-west-1:00000000-0000-0000-0000-000000000002';
  const Logins = [{ Provider: provider, User: 'ada' }];
  const pool = { IdentityPoolId, IdentityPoolName: 'seed', AllowUnauthenticatedIdentities: false };
  const pools = [{ ...pool, DeveloperProviderName: provider }];
  await writeFile(seed, JSON.stringify({ pools, identities: [{ IdentityId, IdentityPoolId, Logins }] }));
  const emulator = run(
    t,
    '--port',
    '0',
    '--region',
    'eu-west-1',
    '--account-id',
    '123456789012',
    '--seed',
    seed,
    '--log',
  );
  const client = clientOf(await ready(emulator), { region: 'eu-west-1' });
  t.after(() => client.destroy());
  const login = await logIn(client, IdentityPoolId, 'ada');
  assert.equal(login.IdentityId, IdentityId);
  const claims = Buffer.from(login.Token.split('.')[1] ?? '', 'base64url').toString();
  assert.match(claims, /arn:aws:cognito-identity:eu-west-1:123456789012:identitypool/);
  emulator.process.kill('SIGTERM');
  assert.equal(await ended(emulator), 0);
  assert.match(emulator.output(), /"operation":"GetOpenIdTokenForDeveloperIdentity"/);
  assert.equal(emulator.errors(), '');
});

test('what cannot start says why and ends with 1', async (t) => {
  const directory = await folder(t);
  const data = join(directory, 'data.sqlite');
  const first = run(t, '--port', '0', '--data', data);
  const { port } = new URL(await ready(first));
  const [absent, broken, wrong] = ['absent', 'broken.json', 'wrong.json'].map((name) =>
    join(directory, name),
  ) as [string, string, string];
  await writeFile(broken, '{');
  await writeFile(wrong, '{"pools":[{}]}');
  const cases: [string[], RegExp][] = [
    [['--port', port], /EADDRINUSE/],
    [['--port', '0', '--data', data], /data\.sqlite is in use by another emulator/],
    [
      ['--port', '0', '--data', join(absent, 'data.sqlite')],
      /data file .*absent.data\.sqlite cannot be opened/,
    ],
    [['--port', '0', '--seed', absent], /^--seed .*absent: ENOENT/],
    [['--port', '0', '--seed', broken], /^--seed .*broken\.json: .*JSON/],
    [['--port', '0', '--seed', wrong], /^The seed: .*identityPoolId/],
    [['--port', '0', '--provider', `idp.example=${absent}`], /^--provider idp\.example .*absent: ENOENT/],
    [['--port', '0', '--provider', `idp.example=${wrong}`], /provider idp\.example: .*malformed/],
    [['--port', '0', '--provider', 'idp.example=http:'], /provider idp\.example from http:: Invalid URL/],
  ];
  for (const [args, reason] of cases) {
    const second = run(t, ...args);
    assert.equal(await ended(second), 1, args.join(' '));
    assert.match(second.errors(), reason);
  }
});

test('every acknowledged write survives kill -9', async (t) => {
  const data = join(await folder(t), 'data.sqlite');
  const first = run(t, '--port', '0', '--data', data);
  const client = connect(t, await ready(first));
  const pool = await createPool(client);
  const acknowledged = new Map<string, string>();
  const write = async (index: number) => {
    try {
      const { IdentityId } = await logIn(client, pool, `user${index}`);
      acknowledged.set(`user${index}`, IdentityId);
    } catch {
      return; // cut off by the kill: never acknowledged
    }
    if (acknowledged.size === 40) first.process.kill('SIGKILL');
  };
  await Promise.all(Array.from({ length: 80 }, (_, index) => write(index)));
  await ended(first);
  assert.ok(acknowledged.size >= 40);

  const second = connect(t, await ready(run(t, '--port', '0', '--data', data)));
  for (const [user, id] of acknowledged) assert.equal((await logIn(second, pool, user)).IdentityId, id);
  const { Identities } = await second.send(
    new ListIdentitiesCommand({ IdentityPoolId: pool, MaxResults: 60 }),
  );
  assert.ok(
    (Identities ?? []).every((identity) => identity.Logins?.length === 1),
    'an identity was cut in half',
  );
  await second.send(
    new CreateIdentityPoolCommand({ IdentityPoolName: 'x', AllowUnauthenticatedIdentities: false }),
  );
});
