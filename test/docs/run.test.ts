import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { blocksOf, ownPages, proseOf } from './markdown.ts';
import { startReader } from './reader.ts';
import { shapeOf } from './shape.ts';
import { openShell } from './shell.ts';

const isJson = (text: string) => text.trimStart().startsWith('{');

// Two at a time: starting takes a processor, and there is some waiting.
describe('every command of a page runs as it is printed, and answers what is printed', {
  concurrency: 2,
}, () => {
  for (const [path, page] of ownPages) {
    const blocks = blocksOf(page);
    if (!blocks.some(({ language }) => language === 'sh')) continue;
    test(path, async () => {
      const reader = await startReader();
      try {
        let printed: string | undefined;
        for (const block of blocks) {
          if (block.language === 'json' && !block.note && printed !== undefined) {
            assert.ok(isJson(printed), printed);
            assert.deepEqual(shapeOf(JSON.parse(printed)), shapeOf(JSON.parse(block.code)));
          }
          printed = await reader.read(block);
        }
      } finally {
        await reader.close();
      }
    });
  }
});

test('every --help that is named is answered', async () => {
  const named = new Set(
    ownPages.flatMap(([, page]) => proseOf(page).match(/(?<=`)npm run [^`]*--help(?=`)/g) ?? []),
  );
  assert.ok(named.size > 2);
  const shell = openShell('.', {});
  try {
    for (const command of named) {
      const { printed, status } = await shell.run(command);
      assert.equal(status, 0, `${command}\n${printed}`);
      assert.match(printed, /--|npm run/, command);
    }
  } finally {
    await shell.close();
  }
});
