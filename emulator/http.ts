import type { IncomingMessage, ServerResponse } from 'node:http';
import { AwsError } from './errors.ts';

/** Larger than any input the model allows: ten logins of 50,000 characters. [?] AWS's own limit. */
const maximumBody = 1024 * 1024;

/** Rejects with RequestEntityTooLargeException for a body past the limit, which is read and thrown away. */
export function readBody(request: IncomingMessage, limit = maximumBody): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= limit) chunks.push(chunk);
    });
    request.on('end', () => {
      if (size <= limit) resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks));
      else reject(new AwsError('RequestEntityTooLargeException', `The body exceeds ${limit} bytes.`)); // [I]
    });
    request.on('error', reject);
  });
}

export type Answer = { status: number; contentType: string; body: string; headers?: Record<string, string> };

export function send(response: ServerResponse, { status, contentType, body, headers }: Answer): void {
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': Buffer.byteLength(body),
    // [O amplify-js#2443]
    'access-control-allow-origin': '*',
    'access-control-expose-headers': 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date',
    ...headers,
  });
  response.end(body);
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  send(response, { status, contentType: 'application/json', body: JSON.stringify(value) });
}

/** Any page may call the service from a browser, with whatever headers its SDK sends, as on AWS. */
export function preflight(request: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, {
    'access-control-allow-origin': '*',
    'access-control-allow-methods': 'GET, POST',
    'access-control-allow-headers': request.headers['access-control-request-headers'] ?? '*',
    'access-control-max-age': '172800',
  });
  response.end();
}
