import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const open = new Set<ChildProcess>();

/** What a reader's shell has after `npm ci`; `node` is the one that runs this. */
const bash = (folder: string, settings: NodeJS.ProcessEnv, args: string[]) => {
  const PATH = `${resolve('node_modules/.bin')}:${process.env.PATH}`;
  const shell = spawn('bash', args, {
    cwd: folder,
    env: { ...process.env, PATH, NODE_V8_COVERAGE: '', ...settings },
    // A group of its own, to be ended with all that it started.
    detached: true,
  });
  open.add(shell);
  shell.once('close', () => open.delete(shell));
  return shell;
};

const endGroup = ({ pid }: ChildProcess) => pid && process.kill(-pid, 'SIGTERM');

const end = async (shell: ChildProcess) => {
  if (!open.has(shell)) return;
  const ended = once(shell, 'close');
  endGroup(shell);
  await ended;
};

// Nothing outlives the tests, however they end.
process.on('exit', () => open.forEach(endGroup));
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

export const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
};

const isOpen = async (port: number): Promise<boolean> => {
  const socket = connect(port, '127.0.0.1');
  return once(socket, 'connect').then(
    () => socket.end() !== undefined,
    () => false,
  );
};

/** A shell with a command that stays. Answers how to end it, once the port takes connections. */
export const startInShell = async (
  code: string,
  port: number,
  folder: string,
  settings: NodeJS.ProcessEnv,
): Promise<() => Promise<void>> => {
  const shell = bash(folder, settings, ['-c', code]);
  let output = '';
  for (const stream of [shell.stdout, shell.stderr]) stream.on('data', (chunk) => (output += chunk));
  while (!(await isOpen(port))) {
    if (shell.exitCode !== null) throw new Error(`${code}\nended:\n${output}`);
    await sleep(50);
  }
  return () => end(shell);
};

/** A shell that a page's commands are typed into, one after the other. */
export const openShell = (folder: string, settings: NodeJS.ProcessEnv) => {
  const shell = bash(folder, settings, []);
  let output = '';
  const told = new EventTarget();
  for (const stream of [shell.stdout, shell.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
      told.dispatchEvent(new Event('output'));
    });
  }
  const last = /\[ended (\d+)\]\n/;
  return {
    /** What it printed, and how the last of the commands ended. */
    run: async (code: string): Promise<{ printed: string; status: number }> => {
      output = '';
      shell.stdin.write(`${code}\necho "[ended $?]"\n`);
      while (!last.test(output)) await once(told, 'output');
      return { printed: output.replace(last, ''), status: Number(last.exec(output)?.[1]) };
    },
    close: () => end(shell),
  };
};
