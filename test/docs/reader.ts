import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Block } from './markdown.ts';
import { freePort, openShell, startInShell } from './shell.ts';

/** Where the pages have things. */
const stack = { PORT: 3000, COGNITO_PORT: 3001, DYNAMODB_PORT: 3002, STAFF_PORT: 3003 };
const backend = 4000;

/** The port of each here: the pages' own may be somebody else's. */
const newPorts = async () => {
  const there = [...Object.values(stack), backend];
  return new Map(await Promise.all(there.map(async (port) => [port, await freePort()] as const)));
};

/** In the repository, so that `npm run` and the SDK are found, and where nobody looks for sources. */
export const newFolder = (): string => {
  mkdirSync('.local', { recursive: true });
  return mkdtempSync(resolve('.local', 'docs-'));
};

/** A reader of one page, who saves what is to be saved and runs what is to be run, in the page's order. */
export const startReader = async () => {
  const ports = await newPorts();
  const folder = newFolder();
  const settings = Object.fromEntries(
    Object.entries(stack).map(([name, port]) => [name, String(ports.get(port))]),
  );
  const shell = openShell(folder, settings);
  const running = new Map<number, () => Promise<void>>();
  const servers = new Set<string>();
  const moved = (code: string) =>
    code.replaceAll(
      /((?:localhost|127\.0\.0\.1):|listen\()(\d+)/g,
      (_, before, port) => before + ports.get(Number(port)),
    );

  const save = (name: string, code: string) => {
    writeFileSync(join(folder, name), moved(code));
    if (code.includes('.listen(')) servers.add(name);
  };

  /** What stays, afresh: in place of what was there. */
  const start = async (code: string, page: number): Promise<undefined> => {
    await running.get(page)?.();
    const env = { ...settings, LOCAL_DATA: mkdtempSync(join(folder, 'data-')) };
    running.set(page, await startInShell(moved(code), ports.get(page) ?? 0, folder, env));
  };

  const run = async (code: string): Promise<string> => {
    if (!running.has(stack.PORT) && !code.includes('npm run -s invoke')) await start('npm start', stack.PORT);
    const { printed, status } = await shell.run(moved(code));
    assert.equal(status, 0, `${code}\n${printed}`);
    assert.doesNotMatch(printed, /urn:problem-type|Error\b/, code);
    return printed;
  };

  return {
    /** What a block printed, if it was one to run to its end. */
    read: async ({ language, code, note = '' }: Block): Promise<string | undefined> => {
      const [, file] = /^file: (.*)/.exec(note) ?? [];
      if (file) save(file, code);
      if (language !== 'sh' || note.startsWith('not run')) return undefined;
      // That it installs and passes its tests is what runs this.
      const command = code.replace('npm ci && ', '').trim();
      if (command === 'npm test') return undefined;
      if (command.endsWith('npm start')) return start(command, stack.PORT);
      if (servers.has(/node (\S+)$/.exec(command)?.[1] ?? '')) return start(command, backend);
      return run(command);
    },
    close: async () => {
      await Promise.all([shell.close(), ...[...running.values()].map((stop) => stop())]);
      rmSync(folder, { recursive: true });
    },
  };
};
