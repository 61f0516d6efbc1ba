import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface NpmStart {
  process: ChildProcess;
  /** From the welcome: name → URL. */
  urls: Record<'API' | 'Cognito' | 'DynamoDB' | 'Staff tokens', string>;
  /** All that was printed so far, log lines included. */
  output: () => string;
  /** Sends the signal and waits. Answers the exit code, or null where the signal ended it. */
  stop: (signal?: NodeJS.Signals) => Promise<number | null>;
}

const freePorts = { PORT: '0', COGNITO_PORT: '0', DYNAMODB_PORT: '0', STAFF_PORT: '0' };

/** Runs what `npm start` runs, on free ports unless told otherwise, until it says that it is up, or ends. */
export const npmStart = async (env: NodeJS.ProcessEnv): Promise<NpmStart> => {
  const child = spawn(process.execPath, ['local/main.ts'], {
    env: { ...process.env, ...freePorts, ...env, NODE_V8_COVERAGE: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const up = Promise.withResolvers<void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output += chunk;
      if (output.includes('Ctrl-C')) up.resolve();
    });
  }
  const exited = once(child, 'close');
  await Promise.race([up.promise, exited]);
  const url = (name: string) => new RegExp(`${name} +(http://\\S+)`).exec(output)?.[1] ?? '';
  return {
    process: child,
    urls: {
      API: url('API'),
      Cognito: url('Cognito'),
      DynamoDB: url('DynamoDB'),
      'Staff tokens': url('Staff tokens'),
    },
    output: () => output,
    stop: async (signal = 'SIGINT') => {
      child.kill(signal);
      const [code] = await exited;
      return code;
    },
  };
};
