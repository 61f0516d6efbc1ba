import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import { timeLimits } from '../lib/config.ts';
import { matchPath, pathOf, toEvent, toResult } from './event.ts';
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

/** An API Gateway HTTP API on this machine: HTTP in, payload 2.0 events out, the functions' answers back. */
export const startGateway = (options: GatewayOptions): Promise<Server> => {
  const server = createServer(async (request, response) => {
    const requestId = randomUUID();
    try {
      send(response, requestId, await answer(request, requestId, options));
    } catch (error) {
      // The function threw, or what it answered is no HTTP.
      options.log(`${requestId} ${error instanceof Error ? error.stack : error}`);
      send(response, requestId, message(500, 'Internal Server Error'));
    }
  });
  return listen(server, options.port);
};

const answer = async (request: IncomingMessage, requestId: string, options: GatewayOptions) => {
  const cors = corsHeaders(request, options.corsOrigins);
  if (request.method === 'OPTIONS' && cors)
    return { statusCode: 204, headers: { ...cors, ...preflightHeaders } };

  const body = await readBody(request);
  if (!body) return message(413, 'Request Entity Too Large');
  const result = await route(request, body, requestId, options);
  return { ...result, headers: { ...result.headers, ...cors } };
};

const route = async (
  request: IncomingMessage,
  body: Buffer,
  requestId: string,
  { routes }: GatewayOptions,
) => {
  for (const each of routes) {
    const pathParameters = each.method === request.method ? matchPath(each.path, pathOf(request)) : undefined;
    if (!pathParameters) continue;
    const event = toEvent(request, body, {
      requestId,
      routeKey: `${each.method} ${each.path}`,
      pathParameters,
    });
    return invoke(each, event);
  }
  return message(404, 'Not Found');
};

/** A function that takes longer than it may is ended by Lambda, which is an error like any other. */
const invoke = async (each: GatewayRoute, event: APIGatewayProxyEventV2) => {
  const late = sleep(timeLimits.function, message(500, 'Internal Server Error'), { ref: false });
  return Promise.race([each.handler(event, contextOf(each, event)).then(toResult), late]);
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

/** None for a request that isn't cross-origin or isn't allowed. */
const corsHeaders = ({ headers: { origin } }: IncomingMessage, allowed: string[]) => {
  if (!origin) return undefined;
  const exposed = { 'access-control-expose-headers': cors.ExposeHeaders.join(',') };
  if (allowed.includes('*')) return { 'access-control-allow-origin': '*', ...exposed };
  return allowed.includes(origin)
    ? { 'access-control-allow-origin': origin, vary: 'Origin', ...exposed }
    : undefined;
};

/** As serverless.yml sets it up on AWS: a test compares the two. */
export const cors = {
  AllowHeaders: ['authorization', 'content-type', 'idempotency-key', 'x-request-id'],
  AllowMethods: ['DELETE', 'GET', 'POST'],
  ExposeHeaders: ['retry-after', 'www-authenticate', 'x-request-id'],
  MaxAge: 600,
};

const preflightHeaders = {
  'access-control-allow-headers': cors.AllowHeaders.join(','),
  'access-control-allow-methods': cors.AllowMethods.join(','),
  'access-control-max-age': String(cors.MaxAge),
};

const send = (response: ServerResponse, requestId: string, result: APIGatewayProxyStructuredResultV2) => {
  const { statusCode = 200, headers = {}, cookies, body = '', isBase64Encoded } = result;
  const content = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
  const values = Object.entries(headers).map(([name, value]) => [name, String(value)] as const);
  response.writeHead(statusCode, {
    ...Object.fromEntries(values),
    ...(cookies && { 'set-cookie': cookies }),
    'apigw-requestid': requestId,
  });
  response.end(content);
};
