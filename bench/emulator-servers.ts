import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

export type Server = {
  endpoint: string;
  residentMegabytes(): Promise<number>;
  /** The processor time it has used so far, on whatever cores. */
  cpuSeconds(): Promise<number>;
  stop(): Promise<void>;
};

/** The packed emulator, as whoever installs it runs it. */
export function startEmulator(...args: string[]): Promise<Server> {
  return startNode('../emulator/dist/cli.js', '--port', '0', ...args);
}

export function startEmpty(body: string): Promise<Server> {
  return startNode('emulator-empty.ts', body);
}

/** Undefined where moto is not installed. */
export async function startMoto(): Promise<Server | undefined> {
  const port = await freePort();
  const child = spawn('moto_server', ['-p', String(port)], { stdio: 'ignore' });
  const isMissing = await Promise.race([
    once(child, 'error').then(() => true),
    once(child, 'spawn').then(() => false),
  ]);
  if (isMissing) return undefined;
  const endpoint = `http://127.0.0.1:${port}`;
  while (child.exitCode === null) {
    const answers = await fetch(`${endpoint}/moto-api/data.json`).then(
      (answer) => answer.ok,
      () => false,
    );
    if (answers) return serverOf(child, endpoint);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return undefined;
}

async function startNode(script: string, ...args: string[]): Promise<Server> {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const child = spawn(process.execPath, [path, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const [, endpoint] = /(http:\S+)/.exec(String(line)) ?? [];
  if (endpoint === undefined) throw new Error(`${script} did not start: ${line}`);
  return serverOf(child, endpoint);
}

function serverOf(child: ChildProcess, endpoint: string): Server {
  return {
    endpoint,
    async residentMegabytes() {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8');
      return Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024);
    },
    async cpuSeconds() {
      const stat = await readFile(`/proc/${child.pid}/stat`, 'utf8');
      const [user, system] = stat
        .slice(stat.lastIndexOf(')') + 2)
        .split(' ')
        .slice(11, 13);
      return (Number(user) + Number(system)) / 100; // the kernel counts in hundredths
    },
    async stop() {
      const closed = once(child, 'exit');
      child.kill();
      await closed;
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
