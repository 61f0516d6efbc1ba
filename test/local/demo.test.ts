import assert from 'node:assert/strict';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = await mkdtemp(join(tmpdir(), 'a folder with spaces '));
after(() => rm(folder, { recursive: true }));

test('the demo and its client are served from a folder whose name has spaces', async () => {
  for (const each of ['client', 'demo', 'local/demo.ts', 'tsconfig.json'])
    await cp(join(root, each), join(folder, each), { recursive: true });
  await symlink(join(root, 'node_modules'), join(folder, 'node_modules'));
  const { demoRoutes }: typeof import('../../local/demo.ts') = await import(
    pathToFileURL(join(folder, 'local/demo.ts')).href
  );
  const config = { identityPoolId: '', cognitoEndpoint: '', users: [], password: '' };
  for (const { path, handler } of demoRoutes(config)) {
    const { body } = (await (handler as () => Promise<unknown>)()) as { body: string };
    assert.ok(body.length > 50, path);
  }
});
