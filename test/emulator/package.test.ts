import assert from 'node:assert/strict';
import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The package, installed in an empty folder with no registry in reach. */
const folder = mkdtempSync(join(tmpdir(), 'package-'));
after(() => rmSync(folder, { recursive: true }));
const quiet = { stdio: 'pipe', encoding: 'utf8' } as const;
const packed = execFileSync('npm', ['pack', '--workspace', 'emulator', '--pack-destination', folder], quiet);
const archive = join(folder, packed.trim().split('\n').at(-1) ?? '');
execFileSync('npm', ['install', '--offline', '--prefix', folder, archive], quiet);
const cli = join(folder, 'node_modules/cognito-identity-emulator/dist/cli.js');

test('the package starts where nothing else is installed', async (t) => {
  const child = spawn(process.execPath, [cli, '--port', '0'], { cwd: folder });
  t.after(() => child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  const [, endpoint] = /ready at (http:\S+)/.exec(String(line)) ?? [];
  assert.equal((await fetch(`${endpoint}/_emulator/health`)).status, 200);
  const manifest = JSON.parse(readFileSync(join(cli, '../../package.json'), 'utf8'));
  assert.equal((await run(process.execPath, [cli, '--version'])).stdout, `${manifest.version}\n`);
});

test('it can be imported', async () => {
  const script = `import { createEmulator } from 'cognito-identity-emulator'; await (await createEmulator()).close();`;
  await run(process.execPath, ['--input-type=module', '--eval', script], { cwd: folder });
});

const old = await oldNode();

test('an older Node is told which one is needed', { skip: !old && 'no older Node here' }, async () => {
  await assert.rejects(run(old ?? '', [cli]), {
    code: 1,
    stderr: /^Node\.js 22\.13 or later is needed, this is v/,
  });
});

/** One that is not this one, and too old for the package. */
async function oldNode(): Promise<string | undefined> {
  for (const node of ['/usr/bin/node', '/usr/local/bin/node']) {
    const { stdout = '' } = await run(node, ['--version']).catch(() => ({ stdout: '' }));
    const [, major, minor] = /^v(\d+)\.(\d+)/.exec(stdout) ?? [];
    if (major !== undefined && Number(major) * 100 + Number(minor) < 2213) return node;
  }
  return undefined;
}
