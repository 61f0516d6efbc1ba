import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { after } from 'node:test';
import { listen } from '../../local/listen.ts';

/** Answers a call itself, or leaves it (false) to the server behind. */
type Take = (operation: string, response: ServerResponse, body: string) => boolean | Promise<boolean>;

/** A server in front of an AWS service, which answers for it when a test says so. */
export const startFront = async () => {
  const front = { url: '', target: '', take: undefined as Take | undefined };
  const server = await listen(
    createServer(async (incoming, response) => {
      const body = await read(incoming);
      const [, operation = ''] = String(incoming.headers['x-amz-target']).split('.');
      if (await front.take?.(operation, response, body.toString())) return;
      const { method, url, headers } = incoming;
      request(`${front.target}${url}`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      })
        .on('error', () => response.destroy())
        .end(body);
    }),
    0,
  );
  after(() => server.close());
  front.url = server.url;
  return front;
};

const read = async (incoming: IncomingMessage) => {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks);
};

/** What AWS answers where it refuses a call. */
export const awsError = (response: ServerResponse, type: string, message = 'no') => {
  response
    .writeHead(400, { 'content-type': 'application/x-amz-json-1.1' })
    .end(JSON.stringify({ __type: type, message }));
  return true;
};
