import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import committed from '../bench/results/scale.json' with { type: 'json' };
import { rows } from '../bench/scale.ts';
import { type Kind, loads } from '../bench/scale-model.ts';
import { filled, type Row } from '../bench/scale-tables.ts';
import { demoPassword, demoUsers, tableName } from '../local/settings.ts';
import { awsProxy } from './support/aws-proxy.ts';
import { post, testStack } from './support/stack.ts';

test('the simulation prints what is committed', () => {
  assert.deepEqual(rows(), committed);
});

test('docs/scale.md has the tables of the simulation', () => {
  const document = readFileSync('docs/scale.md', 'utf8');
  assert.equal(document, filled(document, committed as Row[]));
});

/** Request units of the calls that the code makes, and its calls of Cognito. */
const units: Record<string, { reads?: number; writes?: number; tokens?: number }> = {
  GetItem: { reads: 1 },
  // The three counters, and the user.
  BatchGetItem: { reads: 4 },
  UpdateItem: { writes: 1 },
  // The session with its entry in the index, and a counter.
  BatchWriteItem: { writes: 3 },
  GetOpenIdTokenForDeveloperIdentity: { tokens: 1 },
};

test('a login and a refresh ask no more of AWS than is reckoned with, and their items have one unit', async (t) => {
  const proxy = await awsProxy();
  t.after(() => proxy.close());
  const stack = await testStack(proxy.env);
  proxy.before({ dynamodb: stack.dynamodbUrl, cognito: stack.cognito.endpoint });
  const asked = async (kind: Kind, body: object) => {
    proxy.decide(() => undefined);
    const answer = await post(`${stack.apiUrl}/${kind}`, body);
    assert.equal(answer.status, 200);
    const sum = { reads: 0, writes: 0, tokens: 0 };
    for (const { operation } of proxy.calls()) {
      const { reads = 0, writes = 0, tokens = 0 } = units[operation] ?? assert.fail(operation);
      sum.reads += reads;
      sum.writes += writes;
      sum.tokens += tokens;
    }
    const { reads, writes, tokens } = loads[kind];
    assert.ok(sum.reads <= reads && sum.writes <= writes, `${kind}: ${JSON.stringify(sum)}`);
    assert.equal(sum.tokens, tokens);
    return answer.body;
  };
  // A user's first login from an address takes two more writes; those after it are reckoned with.
  await post(`${stack.apiUrl}/login`, { username: demoUsers[0], password: demoPassword });
  const { refreshToken } = await asked('login', { username: demoUsers[0], password: demoPassword });
  await asked('refresh', { refreshToken });

  const client = new DynamoDBClient({ endpoint: stack.dynamodbUrl, region: 'us-east-1' });
  t.after(() => client.destroy());
  const { Items = [] } = await client.send(new ScanCommand({ TableName: tableName }));
  // As JSON an item is longer than as DynamoDB counts it.
  for (const item of Items) assert.ok(JSON.stringify(item).length < 1_024, item.pk?.S);
});
