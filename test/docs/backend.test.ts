import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { http } from '../../lib/authenticators/http.ts';
import { blocksOf, pages } from './markdown.ts';
import { freePort, startInShell } from './shell.ts';

const secret = 'x'.repeat(32);

/** The http authenticator, and behind it the page's backend. */
const startExample = async () => {
  const page = pages.get('docs/connect-your-backend.md') ?? '';
  const program = blocksOf(page).find(({ note }) => note === 'file: backend.mjs')?.code ?? '';
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'backend-'));
  writeFileSync(join(folder, 'backend.mjs'), program.replace('listen(4000', `listen(${port}`));
  const stop = await startInShell('exec node backend.mjs', port, folder, { BACKEND_SECRET: secret });
  after(async () => {
    await stop();
    rmSync(folder, { recursive: true });
  });
  return (BACKEND_SECRET: string) =>
    http({
      BACKEND_URL: `http://localhost:${port}/login`,
      BACKEND_REFRESH_URL: `http://localhost:${port}/refresh`,
      BACKEND_SECRET,
    } as never);
};

test("the page's backend says yes and no, and answers this service only", async () => {
  const behind = await startExample();
  const { signal } = new AbortController();
  const context = { signal, allow: async () => {} };
  const ada = { userId: '1815', attributes: { role: 'editor' } };
  const { authenticate, refresh } = behind(secret);
  assert.deepEqual(await authenticate({ username: 'ada', password: 'lovelace' }, context), ada);
  assert.equal(await authenticate({ username: 'ada', password: 'x' }, context), undefined);
  assert.deepEqual(await refresh(ada, signal), ada);
  assert.equal(await refresh({ ...ada, userId: '4712' }, signal), undefined);
  await assert.rejects(
    behind('y'.repeat(32)).authenticate({ username: 'ada', password: 'lovelace' }, context),
    {
      code: 'backend_unavailable',
    },
  );
});
