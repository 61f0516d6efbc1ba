import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, test } from 'node:test';
import { type Block, blocksOf, ownPages, proseOf } from './markdown.ts';
import { shapeOf } from './shape.ts';
import { freePort, openShell, startInShell } from './shell.ts';

/** Where the pages have things, and where they are here: the ports may be somebody else's. */
const portsOf = async () => {
  const [api, cognito, dynamodb, staff, backend] = await Promise.all(Array.from({ length: 5 }, freePort));
  const ports = new Map([
    [3000, api],
    [3001, cognito],
    [3002, dynamodb],
    [3003, staff],
    [5000, backend],
  ]);
  const settings = {
    PORT: String(api),
    COGNITO_PORT: String(cognito),
    DYNAMODB_PORT: String(dynamodb),
    STAFF_PORT: String(staff),
  };
  const moved = (code: string) =>
    code.replaceAll(/(localhost:|listen\()(\d+)/g, (_, before, port) => before + ports.get(Number(port)));
  return { api: api ?? 0, backend: backend ?? 0, settings, moved };
};

/** In the repository, so that `npm run` and the SDK are found, and where nobody looks for sources. */
const newFolder = () => {
  mkdirSync('.local', { recursive: true });
  return mkdtempSync(resolve('.local', 'docs-'));
};

/** A reader of one page, who saves what is to be saved and runs what is to be run. */
const startReader = async () => {
  const { api, backend, settings, moved } = await portsOf();
  const folder = newFolder();
  await using opened = new AsyncDisposableStack();
  opened.defer(() => rmSync(folder, { recursive: true }));
  const shell = openShell(folder, settings);
  opened.defer(() => shell.close());
  const running = new Map<number, () => Promise<void>>();
  opened.defer(async () => void (await Promise.all([...running.values()].map((stop) => stop()))));
  const servers = new Set<string>();

  const start = async (code: string, port: number) => {
    await running.get(port)?.();
    const LOCAL_DATA = mkdtempSync(join(folder, 'data-'));
    running.set(port, await startInShell(moved(code), port, folder, { ...settings, LOCAL_DATA }));
    return undefined;
  };
  const save = (name: string, code: string) => {
    writeFileSync(join(folder, name), moved(code));
    if (code.includes('.listen(')) servers.add(name);
  };

  /** What a block printed, if it was one to run. */
  const read = async ({ language, code, note = '' }: Block): Promise<string | undefined> => {
    const [, file] = /^file: (.*)/.exec(note) ?? [];
    if (file) save(file, code);
    if (language !== 'sh' || note.startsWith('not run')) return undefined;
    // That it installs and passes its tests is what runs this.
    const command = code.replace('npm ci && ', '').trim();
    if (command === 'npm test') return undefined;
    if (command.endsWith('npm start')) return start(command, api);
    const [, program = ''] = /node (\S+)$/.exec(command) ?? [];
    if (servers.has(program)) return start(command, backend);
    if (!running.has(api) && !command.includes('npm run -s invoke')) await start('npm start', api);
    const { printed, status } = await shell.run(moved(command));
    assert.equal(status, 0, `${command}\n${printed}`);
    assert.doesNotMatch(printed, /urn:problem-type|Error\b/, command);
    return printed;
  };
  const disposables = opened.move();
  return { read, close: () => disposables.disposeAsync() };
};

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
