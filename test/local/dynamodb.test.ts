import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { test } from 'node:test';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { startDynamoDB } from '../../local/dynamodb.ts';
import { tableName, useLocalCredentials } from '../../local/settings.ts';

const headers = {
  authorization: 'AWS4-HMAC-SHA256 Credential=a, SignedHeaders=b, Signature=c',
  'content-type': 'application/x-amz-json-1.0',
  'x-amz-date': '20261127T000000Z',
  'x-amz-target': 'DynamoDB_20120810.PutItem',
};

test('a client that leaves in the middle of its request ends nothing', async () => {
  useLocalCredentials();
  const server = await startDynamoDB({ port: 0, data: undefined });
  for (let leaves = 0; leaves < 3; leaves++) {
    const client = request(server.url, { method: 'POST', headers: { ...headers, 'content-length': 1_000 } });
    client.on('error', () => {}).write('{');
    await once(client, 'socket');
    await sleep(20);
    client.destroy();
    await sleep(20);
  }
  assert.equal((await fetch(server.url)).status, 200);
  await server.close();
});

test('requests whose clients left do not outlive its database', async () => {
  useLocalCredentials();
  const server = await startDynamoDB({ port: 0, data: undefined });
  const clients = Array.from({ length: 100 }, (_, n) => {
    const Item = { pk: { S: `${n}` } };
    return request(server.url, { method: 'POST', headers, agent: false })
      .on('error', () => {})
      .end(JSON.stringify({ TableName: tableName, Item }));
  });
  // When the first one has its answer, others are on their way.
  const [answer] = await Promise.race(clients.map((client) => once(client, 'response')));
  assert.equal(answer.statusCode, 200);
  for (const client of clients) client.destroy();
  await server.close();
  // What it threw would end this file's process.
  await setImmediate();
});
