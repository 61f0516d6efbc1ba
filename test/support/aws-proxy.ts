import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { listen } from '../../local/listen.ts';

/**
 * What becomes of a request on its way to an AWS service. `error` and `throttle` answer in the service's place, `cut`
 * ends the connection; the others happen after the service did what it was asked: its answer is lost, comes never, or
 * stops in its middle.
 */
export type Fate = 'error' | 'throttle' | 'cut' | 'lost' | 'silent' | 'stalled';
export const fates: Fate[] = ['error', 'throttle', 'cut', 'lost', 'silent', 'stalled'];

export interface Call {
  service: 'dynamodb' | 'cognito';
  operation: string;
  /** Which call of the client's, from 1: its attempts are one call. */
  number: number;
  attempt: number;
}

/** A proxy before DynamoDB and Cognito Identity that counts the calls, and lets a test decide what becomes of each. */
export const awsProxy = async () => {
  const targets: Partial<Record<Call['service'], string>> = {};
  let invocations: string[] = [];
  let calls: Call[] = [];
  /** A promise keeps the call waiting. */
  let decide: (call: Call) => Fate | undefined | Promise<undefined> = () => undefined;

  const callOf = (service: Call['service'], { headers }: IncomingMessage): Call => {
    const invocation = String(headers['amz-sdk-invocation-id']);
    if (!invocations.includes(invocation)) invocations.push(invocation);
    const operation = String(headers['x-amz-target']).split('.')[1] ?? '';
    const attempt = Number(/attempt=(\d+)/.exec(String(headers['amz-sdk-request']))?.[1] ?? 1);
    return { service, operation, number: invocations.indexOf(invocation) + 1, attempt };
  };

  const start = (service: Call['service']) =>
    listen(
      createServer(async (request, response) => {
        const body = await buffer(request);
        const call = callOf(service, request);
        calls.push(call);
        const fate = await decide(call);
        if (fate === 'cut') return response.destroy();
        if (fate === 'error' || fate === 'throttle') return refuse(response, service, fate);
        const answer = await forward(targets[service] ?? '', request, body);
        finish(response, answer, fate);
      }),
      0,
    );
  const dynamodb = await start('dynamodb');
  const cognito = await start('cognito');

  return {
    /** For the stack: its functions call the services through the proxy. */
    env: {
      AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
      AWS_ENDPOINT_URL_COGNITO_IDENTITY: cognito.url,
    },
    /** Where the services are, once they have started. */
    before(services: Record<Call['service'], string>) {
      Object.assign(targets, services);
    },
    /** Counts from 1 again, and does so to each call from now on. */
    decide(next: typeof decide) {
      invocations = [];
      calls = [];
      decide = next;
    },
    /** The calls since then, each attempt. */
    calls: () => [...calls],
    close: async () => {
      await dynamodb.close();
      await cognito.close();
    },
  };
};

export type AwsProxy = Awaited<ReturnType<typeof awsProxy>>;

interface Answer {
  status: number;
  headers: Record<string, string>;
  body: Buffer;
}

const forward = async (url: string, { headers }: IncomingMessage, body: Buffer): Promise<Answer> => {
  const sent = ['content-type', 'x-amz-target', 'authorization', 'x-amz-date'].map((name) => [
    name,
    String(headers[name]),
  ]);
  const response = await fetch(url, { method: 'POST', headers: Object.fromEntries(sent), body });
  const { 'content-encoding': _, 'content-length': __, ...kept } = Object.fromEntries(response.headers);
  return { status: response.status, headers: kept, body: Buffer.from(await response.arrayBuffer()) };
};

const refuse = (response: ServerResponse, service: Call['service'], fate: 'error' | 'throttle') => {
  const [status, type] =
    service === 'dynamodb'
      ? ({ error: [500, 'InternalServerError'], throttle: [400, 'ThrottlingException'] } as const)[fate]
      : ({ error: [500, 'InternalErrorException'], throttle: [400, 'TooManyRequestsException'] } as const)[
          fate
        ];
  response
    .writeHead(status, { 'content-type': 'application/x-amz-json-1.1' })
    .end(JSON.stringify({ __type: type, message: 'An injected fault.' }));
};

const finish = (response: ServerResponse, { status, headers, body }: Answer, fate: Fate | undefined) => {
  if (fate === 'lost') response.destroy();
  if (fate === 'lost' || fate === 'silent') return;
  response.writeHead(status, { ...headers, 'content-length': body.length });
  if (fate === 'stalled') response.write(body.subarray(0, Math.ceil(body.length / 2)));
  else response.end(body);
};
