import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { readdirSync, readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { listen } from '../local/listen.ts';

/** What Lambda would start: a folder with an `index` module, and the handler's name in it. */
export interface LambdaFunction {
  folder: string;
  env: Record<string, string>;
  event: object;
}

/** Milliseconds from the start of the process, and the first answer's body; resident memory in megabytes at the end. */
export interface ColdStart {
  init: number;
  initCpu: number;
  firstCpu: number;
  firstResponse: number;
  answer: string;
}

type Waiting = { next: PromiseWithResolvers<ServerResponse>; answered: PromiseWithResolvers<string> };

/**
 * Lambda's Runtime API as far as a runtime client calls it, for one function at a time.
 * https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
 */
export const startRuntimeApi = async (runtimeClient: string) => {
  let waiting: Waiting | undefined;
  const server = await listen(
    createServer(async (request, response) => {
      if (request.url?.endsWith('/invocation/next')) return waiting?.next.resolve(response);
      await take(request, response, waiting);
    }),
    0,
  );

  const start = ({ folder, env }: LambdaFunction): ChildProcess =>
    spawn(process.execPath, [runtimeClient], {
      // Nothing of this machine's environment: neither its settings nor its credentials.
      env: {
        AWS_LAMBDA_RUNTIME_API: new URL(server.url).host,
        LAMBDA_TASK_ROOT: folder,
        _HANDLER: 'index.handler',
        AWS_LAMBDA_FUNCTION_NAME: 'bench',
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
        AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/bench',
        AWS_LAMBDA_LOG_STREAM_NAME: 'bench',
        AWS_REGION: 'us-east-1',
        AWS_ACCESS_KEY_ID: 'bench',
        AWS_SECRET_ACCESS_KEY: 'bench',
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        ...env,
      },
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
    });

  return {
    /** Starts the function as Lambda does, sends it one event, and ends it. */
    async coldStart(lambda: LambdaFunction): Promise<ColdStart> {
      waiting = { next: Promise.withResolvers(), answered: Promise.withResolvers() };
      const begun = performance.now();
      const child = start(lambda);
      const exited = once(child, 'exit');
      const next = await Promise.race([waiting.next.promise, exited.then(() => undefined)]);
      const init = performance.now() - begun;
      const initCpu = cpuOf(child);
      if (!next) throw new Error(`${lambda.folder} did not start`);
      send(next, lambda.event);
      const answer = await Promise.race([waiting.answered.promise, exited.then(() => undefined)]);
      if (answer === undefined) throw new Error(`${lambda.folder} ended before it answered`);
      const firstResponse = performance.now() - begun - init;
      const firstCpu = cpuOf(child) - initCpu;
      child.kill('SIGKILL');
      await exited;
      return { init, initCpu, firstResponse, firstCpu, answer };
    },
    close: () => server.close(),
  };
};

/** Milliseconds that all threads of a process were on a processor: what other processes take is not in it. */
const cpuOf = ({ pid }: ChildProcess) =>
  readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]) / 1e6)
    .reduce((sum, each) => sum + each, 0);

const send = (next: ServerResponse, event: object) => {
  next
    .writeHead(200, {
      'content-type': 'application/json',
      'lambda-runtime-aws-request-id': 'bench',
      'lambda-runtime-deadline-ms': String(Date.now() + 15_000),
      'lambda-runtime-invoked-function-arn': 'arn:aws:lambda:us-east-1:000000000000:function:bench',
    })
    .end(JSON.stringify(event));
};

const take = async (request: IncomingMessage, response: ServerResponse, waiting: Waiting | undefined) => {
  const body = await text(request);
  response.writeHead(202).end();
  if (request.url?.endsWith('/error')) waiting?.answered.reject(new Error(`${request.url} ${body}`));
  if (request.url?.endsWith('/response')) waiting?.answered.resolve(body);
};
