import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { type Client, playScenario, start } from '../support/client-scenario.ts';

const run = promisify(execFile);

/** The first Python that has a module; Debian's own is not always the first on the path. */
async function pythonWith(module: string): Promise<string | undefined> {
  for (const python of ['python3', '/usr/bin/python3']) {
    const found = await run(python, ['-c', `import ${module}`]).then(
      () => true,
      () => false,
    );
    if (found) return python;
  }
  return undefined;
}

/** A Python process that takes a call as a line of JSON and answers with one; its first line names what it has. */
async function startClient(
  t: TestContext,
  python: string,
  script: string,
  endpoint: string,
): Promise<Client> {
  const path = new URL(script, import.meta.url).pathname;
  const child: ChildProcess = spawn(python, [path, endpoint], { stdio: ['pipe', 'pipe', 'inherit'] });
  t.after(() => child.kill());
  if (!child.stdout) throw new Error('no output to read');
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => JSON.parse((await lines.next()).value ?? '{"error":"Python has ended"}');
  const operations: string[] = await next();
  return {
    operations,
    async call(operation, input) {
      child.stdin?.write(`${JSON.stringify({ operation, input })}\n`);
      const { output, error } = await next();
      if (error !== undefined) throw new Error(error);
      return output ?? {};
    },
  };
}

for (const [module, script, debian] of [
  ['boto3', 'boto3_client.py', 'python3-boto3'],
  ['boto.cognito.identity.layer1', 'boto2_client.py', 'python3-boto'],
] as const) {
  const python = await pythonWith(module);
  const skip = python === undefined && `${module} is not installed (Debian: ${debian})`;
  test(module, { skip }, async (t) => {
    const started = await start(t);
    await playScenario(started, await startClient(t, python ?? '', script, started.emulator.endpoint));
  });
}
