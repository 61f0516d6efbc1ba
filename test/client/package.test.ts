import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createContext, runInContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { type BuildOptions, build } from 'esbuild';
import { commonProblems, routes } from '../../lib/contract.ts';
import { clientWorld } from './world.ts';

const world = await clientWorld();
const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const packageName = 'cognito-developer-identities-client';
let folder: string;
let installed: string;

/** Packed as for the registry, and installed where nothing else is. No registry is asked: it depends on nothing. */
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'client-'));
  const { stdout } = await run(
    'npm',
    ['pack', '--json', '--workspace', 'client', '--pack-destination', folder],
    {
      cwd: root,
    },
  );
  const [, tarball = ''] = /"filename": "([^"]+)"/.exec(stdout) ?? [];
  await writeFile(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  const flags = ['--offline', '--no-audit', '--no-fund', '--no-package-lock'];
  await run('npm', ['install', ...flags, `./${tarball}`], { cwd: folder });
  installed = join(folder, 'node_modules', packageName);
});
after(() => rm(folder, { recursive: true }));

const bundled = async (options: BuildOptions) => {
  const { outputFiles, warnings } = await build({
    entryPoints: [join(installed, 'dist/index.js')],
    bundle: true,
    minify: true,
    format: 'esm',
    write: false,
    ...options,
  });
  assert.deepEqual(warnings, []);
  return outputFiles?.[0]?.contents ?? new Uint8Array();
};

test('the package holds what is built, its licence and its README, and brings no other package', async () => {
  const manifest = JSON.parse(await readFile(join(installed, 'package.json'), 'utf8'));
  assert.deepEqual([manifest.dependencies, manifest.peerDependencies], [undefined, undefined]);
  for (const file of ['dist/index.js', 'dist/index.d.ts', 'dist/LICENSE', 'README.md']) {
    assert.ok((await readFile(join(installed, file))).length > 100, file);
  }
});

test('it has at most 5 KB, minified and compressed', async (t) => {
  const size = gzipSync(await bundled({ target: 'es2020' }), { level: 9 }).length;
  t.diagnostic(`${size} bytes`);
  assert.ok(size <= 5 * 1024, `${size} bytes`);
});

test('an empty project logs in and has credentials with it', async () => {
  const program = `
    import { developerIdentity } from '${packageName}';
    const [apiUrl, identityPoolId, cognitoEndpoint] = process.argv.slice(2);
    const auth = developerIdentity({ apiUrl, identityPoolId, cognitoEndpoint });
    await auth.login({ username: 'alice', password: '${world.password}' });
    console.log(JSON.stringify(await auth.credentials()));`;
  await writeFile(join(folder, 'app.js'), program);
  const { stdout } = await run(
    process.execPath,
    ['app.js', world.apiUrl, world.identityPoolId, world.cognito.endpoint],
    { cwd: folder },
  );
  assert.match(JSON.parse(stdout).accessKeyId, /^ASIA/);
});

test('its types hold in a project of others, and refuse what they should', async () => {
  for (const scope of ['@aws-sdk', '@smithy', '@types', 'undici-types']) {
    await symlink(join(root, 'node_modules', scope), join(folder, 'node_modules', scope)).catch(() => {});
  }
  const source = await readFile(join(root, 'test/client/types.ts'), 'utf8');
  await writeFile(join(folder, 'types.ts'), source.replace('../../client/index.ts', packageName));
  const flags =
    '--noEmit --strict --exactOptionalPropertyTypes --module nodenext --target es2022 --lib es2022,dom';
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  // Without skipLibCheck, which would skip the package's own declarations.
  await run(process.execPath, [tsc, ...flags.split(' '), '--types', 'node', 'types.ts'], { cwd: folder });
});

test('it runs where there is nothing but what the oldest React Native has', async () => {
  const code = await bundled({ format: 'iife', globalName: 'client', target: 'es2020' });
  const bare = createContext({ fetch, setTimeout, clearTimeout, AbortController });
  runInContext(
    Buffer.from(code)
      .toString()
      .replace(/^"use strict";\s*/, ''),
    bare,
  );
  assert.equal(runInContext('typeof navigator + typeof crypto + typeof atob', bare), 'undefined'.repeat(3));
  const { developerIdentity } = (bare as unknown as { client: typeof import('../../client/index.ts') })
    .client;
  const items = new Map<string, string>();
  const auth = developerIdentity({
    apiUrl: world.apiUrl,
    identityPoolId: world.identityPoolId,
    cognitoEndpoint: world.cognito.endpoint,
    storage: {
      getItem: async (key) => items.get(key) ?? null,
      setItem: async (key, value) => items.set(key, value),
      removeItem: async (key) => items.delete(key),
    },
  });
  const [source, destination] = [await world.newUser(), await world.newUser()];
  await auth.guest();
  await auth.login(destination.credentials);
  const { identityId } = await auth.login(source.credentials);
  const { outcome } = await auth.merge({ source: source.credentials, destination: destination.credentials });
  assert.equal(outcome, 'merged');
  const all = await Promise.all([auth.credentials(), auth.credentials({ forceRefresh: true })]);
  assert.ok(all.every((each) => each.expiration.getTime() > Date.now() && each.identityId !== identityId));
  await auth.logout();
});

test('it imports nothing, waits for nothing at its top, and names nothing of Node', async () => {
  const code = await readFile(join(installed, 'dist/index.js'), 'utf8');
  assert.doesNotMatch(code, /\bimport\b|\brequire\(|^(const .*)?await |\bprocess\.|\bBuffer\b/m);
});

test('it knows every code that the service answers an app', async () => {
  const [, union = ''] =
    /type ServiceCode = ([^;]+);/.exec(await readFile(join(installed, 'dist/error.d.ts'), 'utf8')) ?? [];
  const known = [...union.matchAll(/'(\w+)'/g)].map(([, code]) => code ?? '').sort();
  const names = ['login', 'refresh', 'logout', 'account', 'merge-accounts', 'unlink-account'] as const;
  const codes = new Set([...commonProblems, ...names.flatMap((name) => routes[name].problems)]);
  assert.deepEqual(known, [...codes].sort());
});
