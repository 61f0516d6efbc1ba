import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { timeLimits } from '../lib/config.ts';
import { toEvent, toResult } from './event.ts';
import { listen, type Server } from './listen.ts';

/** A route and the function behind it, as deployed. */
export interface GatewayRoute {
  name: string;
  method: string;
  path: string;
  handler: (event: APIGatewayProxyEventV2, context: Context) => Promise<unknown>;
}

interface GatewayOptions {
  port: number;
  routes: GatewayRoute[];
  /** Origins that a browser may call from; `*` is any. */
  corsOrigins: string[];
  /** Where what Lambda would log of a failed function goes. */
  log: (line: string) => void;
}

/** An HTTP API's quotas: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html */
const maxBodyBytes = 10 * 1024 * 1024;
const integrationTimeoutMs = 30_000;

/** An API Gateway HTTP API on this machine: HTTP in, payload 2.0 events out, the functions' answers back. */
export const startGateway = (options: GatewayOptions): Promise<Server> => {
  const server = createServer(async (request, response) => {
    const requestId = randomUUID();
    const result = await answer(request, requestId, options).catch((error) => {
      options.log(`${requestId} ${error instanceof Error ? error.stack : error}`);
      return message(500, 'Internal Server Error');
    });
    send(response, { ...result, headers: { ...result.headers, 'apigw-requestid': requestId } });
  });
  return listen(server, options.port);
};

const answer = async (request: IncomingMessage, requestId: string, options: GatewayOptions) => {
  const cors = corsHeaders(request, options.corsOrigins);
  if (request.method === 'OPTIONS' && cors)
    return { statusCode: 204, headers: { ...cors, ...preflightHeaders } };

  const body = await readBody(request);
  if (!body) return message(413, 'Request Entity Too Large');
  const event = toEvent(request, body, requestId);
  const route = options.routes.find(({ method, path }) => event.routeKey === `${method} ${path}`);
  const result = route ? await invoke(route, event) : message(404, 'Not Found');
  return { ...result, headers: { ...result.headers, ...cors } };
};

const invoke = async (route: GatewayRoute, event: APIGatewayProxyEventV2) => {
  const late = sleep(integrationTimeoutMs, message(503, 'Service Unavailable'), { ref: false });
  return Promise.race([route.handler(event, contextOf(route, event)).then(toResult), late]);
};

/** What Lambda gives a function besides the event, as far as it means something here. */
const contextOf = ({ name }: GatewayRoute, { requestContext }: APIGatewayProxyEventV2) => {
  const deadline = Date.now() + timeLimits.function;
  return {
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: `arn:aws:lambda:local:000000000000:function:${name}`,
    memoryLimitInMB: '512',
    awsRequestId: requestContext.requestId,
    getRemainingTimeInMillis: () => deadline - Date.now(),
  } as Context;
};

const message = (statusCode: number, text: string): APIGatewayProxyStructuredResultV2 => ({
  statusCode,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ message: text }),
});

/** The body, or undefined when it is over the limit. Reads on to the end, so that the answer can be received. */
const readBody = async (request: IncomingMessage): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= maxBodyBytes) chunks.push(chunk);
  }
  return size > maxBodyBytes ? undefined : Buffer.concat(chunks);
};

/** As `httpApi.cors` in serverless.yml sets it up. None for a request that isn't cross-origin or isn't allowed. */
const corsHeaders = ({ headers: { origin } }: IncomingMessage, allowed: string[]) => {
  if (!origin) return undefined;
  if (allowed.includes('*')) return { 'access-control-allow-origin': '*' };
  return allowed.includes(origin) ? { 'access-control-allow-origin': origin, vary: 'Origin' } : undefined;
};

const preflightHeaders = {
  'access-control-allow-headers': 'authorization,content-type',
  'access-control-allow-methods': 'DELETE,GET,POST',
  'access-control-max-age': '600',
};

const send = (response: ServerResponse, result: APIGatewayProxyStructuredResultV2) => {
  const { statusCode = 200, headers = {}, cookies, body = '', isBase64Encoded } = result;
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, String(value));
  if (cookies) response.setHeader('set-cookie', cookies);
  response.writeHead(statusCode).end(Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8'));
};
