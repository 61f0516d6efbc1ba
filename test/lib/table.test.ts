import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { after, test } from 'node:test';
import { staffStack } from '../support/staff.ts';

let connections = 0;
let target = 0;
const wire = createServer((socket) => {
  connections++;
  const onwards = connect(target, '127.0.0.1');
  socket.pipe(onwards).pipe(socket);
  for (const [one, other] of [
    [socket, onwards],
    [onwards, socket],
  ] as const) {
    one.on('error', () => other.destroy());
    one.on('close', () => other.destroy());
  }
}).listen(0, '127.0.0.1');
await once(wire, 'listening');
after(() => wire.close());

const { ok, newIdentity, stack } = await staffStack({
  AWS_ENDPOINT_URL_DYNAMODB: `http://127.0.0.1:${(wire.address() as AddressInfo).port}`,
});
target = Number(new URL(stack.dynamodbUrl).port);

test('a function has one client, with one connection, for its table, the audit and the keys of requests', async () => {
  const { userId } = await newIdentity();
  const sent = { params: { developerUserIdentifier: userId }, headers: { 'idempotency-key': 'a-key' } };
  await ok('end-sessions', sent);
  assert.equal(connections, 1);
});
