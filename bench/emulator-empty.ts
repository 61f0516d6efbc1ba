import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** The least a node:http server can do: read the request, answer the bytes it was started with. */
const body = process.argv[2] ?? '';

const server = createServer((request, response) => {
  request.on('data', () => {});
  request.on('end', () => {
    response.writeHead(200, {
      'content-type': 'application/x-amz-json-1.1',
      'content-length': Buffer.byteLength(body),
      'x-amzn-requestid': '00000000-0000-0000-0000-000000000000',
      'access-control-allow-origin': '*',
      'access-control-expose-headers': 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date',
    });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => {
  console.log(`empty server ready at http://127.0.0.1:${(server.address() as AddressInfo).port}`);
});
process.once('SIGTERM', () => process.exit());
