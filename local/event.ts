import type { IncomingMessage } from 'node:http';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/** A route as a matcher: its pattern, such as `/identities/{identityId}`, against a decoded path. */
export const matchPath = (pattern: string, path: string): Record<string, string> | undefined => {
  // As a greedy parameter, the last one takes slashes too: an identifier may have some.
  const source = pattern.replace(/\{(\w+)\}$/, '(?<$1>.+)').replace(/\{(\w+)\}/g, '(?<$1>[^/]+)');
  const match = new RegExp(`^${source}$`, 's').exec(path);
  return match ? { ...match.groups } : undefined;
};

interface Routed {
  requestId: string;
  routeKey: string;
  pathParameters: Record<string, string>;
}

/**
 * An HTTP request as an API Gateway event, payload format 2.0. An HTTP API decodes the path, `rawPath` too.
 * https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export const toEvent = (
  request: IncomingMessage,
  body: Buffer,
  { requestId, routeKey, pathParameters }: Routed,
): APIGatewayProxyEventV2 => {
  const { method = 'GET', url = '/', httpVersion, headersDistinct, socket } = request;
  const [, rawQueryString = ''] = splitOnce(url, '?');
  const rawPath = pathOf(request);
  const { cookie, ...otherHeaders } = headersDistinct;
  const headers = mapValues(otherHeaders, (values = []) => values.join(','));
  const isBase64Encoded = body.length > 0 && !isText(headers);
  const now = new Date();
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString,
    ...(cookie && { cookies: cookie.flatMap((line) => line.split('; ')) }),
    headers,
    ...(Object.keys(pathParameters).length > 0 && { pathParameters }),
    ...(rawQueryString && { queryStringParameters: queryParameters(rawQueryString) }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName: headers.host ?? 'localhost',
      domainPrefix: 'local',
      http: {
        method,
        path: rawPath,
        protocol: `HTTP/${httpVersion}`,
        sourceIp: socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId,
      routeKey,
      stage: '$default',
      time: commonLogTime(now),
      timeEpoch: now.getTime(),
    },
    ...(body.length > 0 && { body: body.toString(isBase64Encoded ? 'base64' : 'utf8') }),
    isBase64Encoded,
  };
};

/** The path as an HTTP API routes by it: decoded. */
export const pathOf = ({ url = '/' }: IncomingMessage): string => decode(splitOnce(url, '?')[0] ?? '/');

/** What a function answered as the gateway reads it: without a statusCode the whole of it is a JSON body. */
export const toResult = (answer: unknown): APIGatewayProxyStructuredResultV2 =>
  typeof answer === 'object' && answer !== null && 'statusCode' in answer
    ? (answer as APIGatewayProxyStructuredResultV2)
    : {
        statusCode: 200,
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(answer) ?? '',
      };

const splitOnce = (text: string, separator: string) => {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
};

/** What can't be decoded stays as it is. */
const decode = (path: string) => {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

const mapValues = <From, To>(record: Record<string, From>, map: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));

/** A parameter given twice has its values joined with a comma. */
const queryParameters = (query: string) => {
  const parameters = new URLSearchParams(query);
  return Object.fromEntries([...parameters.keys()].map((key) => [key, parameters.getAll(key).join(',')]));
};

/** Everything else, forms included, reaches the function as base64. */
const isText = (headers: Record<string, string>) =>
  !headers['content-encoding'] &&
  /^(text\/|application\/(json|javascript|xml)\b|application\/[\w.-]+\+(json|xml)\b)/i.test(
    headers['content-type'] ?? '',
  );

/** 12/Mar/2020:19:03:58 +0000 */
const commonLogTime = (date: Date) => {
  const [, day, month, year, time] = date.toUTCString().split(' ');
  return `${day}/${month}/${year}:${time} +0000`;
};
