import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { listen } from '../local/listen.ts';

/** What Lambda would start: a folder with a module `index`, which has a `handler`. */
export interface LambdaFunction {
  folder: string;
  env: Record<string, string>;
}

/** A function that Lambda's runtime client has loaded. Times are milliseconds. */
export interface Running {
  /** From the start of the process until it asks for its first event. */
  init: number;
  /** Sends an event and waits for its answer: how long that took, and the answer. @throws Error where it failed */
  invoke: (event: object) => Promise<{ time: number; answer: string }>;
  /** What all its threads have had of the processors so far: other processes don't count into it. */
  cpu: () => number;
  /** Megabytes. */
  resident: () => number;
  /** Bytes that its objects have; of a function that was started to be asked this. */
  heapUsed: () => Promise<number>;
  end: () => Promise<void>;
}

const runtimeClient = fileURLToPath(
  new URL('baseline/node_modules/aws-lambda-ric/index.mjs', import.meta.url),
);

/**
 * Starts a function as Lambda does, with its runtime client, and is the Runtime API that it calls.
 * With `asksHeap` it is started with so much room that no garbage is collected in some dozens of requests: what its heap
 * grows by is what they made.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export const run = async (lambda: LambdaFunction, { asksHeap = false } = {}): Promise<Running> => {
  let asked = Promise.withResolvers<ServerResponse>();
  let answered = Promise.withResolvers<string>();
  const server = await listen(
    createServer(async (request, response) => {
      if (request.url?.endsWith('/next')) return asked.resolve(response);
      const body = await text(request);
      response.writeHead(202).end();
      if (request.url?.endsWith('/response')) answered.resolve(body);
      else answered.reject(new Error(`${request.url} ${body}`));
    }),
    0,
  );

  const begun = performance.now();
  const child = spawn(process.execPath, [...(asksHeap ? withHeapProbe : flags), runtimeClient], {
    env: { ...environment(lambda.folder, server.url), ...lambda.env },
    cwd: lambda.folder,
    stdio: ['ignore', 'ignore', 'inherit', asksHeap ? 'ipc' : 'ignore'],
  });
  const exited = once(child, 'exit').then(() => {
    throw new Error(`${lambda.folder} ended`);
  });
  exited.catch(() => {});
  let next = await Promise.race([asked.promise, exited]);

  return {
    init: performance.now() - begun,
    async invoke(event) {
      asked = Promise.withResolvers();
      answered = Promise.withResolvers();
      const sent = performance.now();
      send(next, event);
      const answer = await Promise.race([answered.promise, exited]);
      const time = performance.now() - sent;
      next = await Promise.race([asked.promise, exited]);
      return { time, answer };
    },
    cpu: () => cpuOf(child),
    resident: () =>
      Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024,
    async heapUsed() {
      child.send('heapUsed');
      return (await once(child, 'message'))[0] as number;
    },
    async end() {
      child.kill('SIGKILL');
      await exited.catch(() => {});
      await server.close();
    },
  };
};

/**
 * What Lambda starts Node.js with where a function has 512 MB. They cost: with `--expose-gc` Node.js compiles its own
 * modules from source. https://github.com/aws/aws-lambda-nodejs-runtime-interface-client knows them too.
 */
const flags = [
  '--expose-gc',
  '--max-http-header-size=81920',
  '--max-semi-space-size=25',
  '--max-old-space-size=461',
];

const withHeapProbe = [
  '--min-semi-space-size=256',
  '--max-semi-space-size=256',
  `--require=${fileURLToPath(new URL('heap-probe.cjs', import.meta.url))}`,
];

/** As on Lambda, and nothing of this machine's: neither its settings nor its credentials. */
const environment = (folder: string, url: string) => ({
  AWS_LAMBDA_RUNTIME_API: new URL(url).host,
  LAMBDA_TASK_ROOT: folder,
  _HANDLER: 'index.handler',
  AWS_LAMBDA_FUNCTION_NAME: 'bench',
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/bench',
  AWS_LAMBDA_LOG_STREAM_NAME: 'bench',
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_SESSION_TOKEN: 'bench',
});

const send = (next: ServerResponse, event: object) => {
  next
    .writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': 'bench',
      'lambda-runtime-deadline-ms': String(Date.now() + 15_000),
      'lambda-runtime-trace-id': 'Root=1-6740a1b2-3c4d5e6f708192a3b4c5d6e7;Parent=53995c3f42cd8ad8;Sampled=0',
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:000000000000:function:bench',
    })
    .end(JSON.stringify(event));
};

const cpuOf = ({ pid }: ChildProcess) =>
  readdirSync(`/proc/${pid}/task`)
    .map((thread) => readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8'))
    .reduce((sum, line) => sum + Number(line.split(' ')[0]) / 1e6, 0);
