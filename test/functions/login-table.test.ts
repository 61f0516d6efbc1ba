import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import { after, test } from 'node:test';
import { listen } from '../../local/listen.ts';
import { demoPassword as password } from '../../local/settings.ts';
import { post, testStack } from '../support/stack.ts';

let answer: (response: ServerResponse) => void;
const dynamodb = await listen(
  createServer((_request, response) => answer(response)),
  0,
);
const { apiUrl } = await testStack({ AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url });
after(() => dynamodb.close());

const error = (status: number, type: string) => (response: ServerResponse) =>
  response
    .writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
    .end(JSON.stringify({ __type: type }));

const outages: Record<string, (response: ServerResponse) => void> = {
  throttles: error(400, 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException'),
  'is not there': error(400, 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException'),
  fails: error(500, 'com.amazonaws.dynamodb.v20120810#InternalServerError'),
  'hangs up': (response) => response.destroy(),
  'does not answer in time': () => {},
};
for (const [name, outage] of Object.entries(outages)) {
  test(`a table that ${name} is unavailable: no user is told their password is wrong`, async () => {
    answer = outage;
    const { status, headers, body } = await post(`${apiUrl}/login`, { username: 'alice', password });
    assert.deepEqual([status, body.code], [503, 'table_unavailable']);
    assert.ok(Number(headers.get('retry-after')) > 0);
  });
}
