import assert from 'node:assert/strict';
import { argon2Sync } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { after, beforeEach, test } from 'node:test';
import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { openTable } from '../../lib/table.ts';
import { addUser, findUser } from '../../lib/users.ts';
import { listen } from '../../local/listen.ts';
import { demoPassword as password, region, tableName } from '../../local/settings.ts';
import { tagsOf } from '../support/sessions.ts';
import { post, testStack } from '../support/stack.ts';

interface Call {
  operation: string;
  input: {
    UpdateExpression?: string;
    RequestItems?: Record<string, { Keys?: { pk: { S: string } }[]; ConsistentRead?: boolean }>;
  };
}
const calls: Call[] = [];
let refuses: (call: Call) => boolean | Promise<boolean>;

/** DynamoDB, with what is asked of it written down, and refused where a test wants it. */
const witness = await listen(
  createServer(async (request, response) => {
    const target = String(request.headers['x-amz-target']);
    const call = { operation: target.split('.')[1] ?? '', input: (await json(request)) as Call['input'] };
    calls.push(call);
    if (await refuses(call)) {
      const type = 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException';
      response.writeHead(400).end(JSON.stringify({ __type: type }));
      return;
    }
    const headers = {
      'x-amz-target': target,
      'content-type': String(request.headers['content-type']),
      authorization: String(request.headers.authorization),
      'x-amz-date': String(request.headers['x-amz-date']),
    };
    const answer = await fetch(stack.dynamodbUrl, {
      method: 'POST',
      headers,
      body: JSON.stringify(call.input),
    });
    response
      .writeHead(answer.status, { 'content-type': 'application/x-amz-json-1.0' })
      .end(await answer.text());
  }),
  0,
);
const stack = await testStack({ AWS_ENDPOINT_URL_DYNAMODB: witness.url, PRINCIPAL_TAGS: 'role,constructor' });
after(() => witness.close());

const table = openTable(tableName, region, stack.dynamodbUrl);
const login = (username: string) => post(`${stack.apiUrl}/login`, { username, password });

beforeEach(() => {
  calls.length = 0;
  refuses = () => false;
});

const set = (username: string, expression: string, values?: Record<string, unknown>) =>
  table.client.send(
    new UpdateCommand({
      TableName: tableName,
      Key: { pk: `user#${username}` },
      UpdateExpression: expression,
      ...(values && { ExpressionAttributeValues: values }),
    }),
  );

/** A user whose hash was made with parameters of long ago. */
const oldUser = async () => {
  const { username } = await addUser(table, { username: `user-${crypto.randomUUID()}`, password });
  const cheap = {
    memory: 64,
    passes: 1,
    parallelism: 1,
    tagLength: 32,
    nonce: Buffer.from('salt'.repeat(4)),
  };
  const hash = argon2Sync('argon2id', { ...cheap, message: password });
  const unpadded = (bytes: Buffer) => bytes.toString('base64').replaceAll('=', '');
  const old = `$argon2id$v=19$m=64,t=1,p=1$${unpadded(cheap.nonce)}$${unpadded(hash)}`;
  await set(username, 'SET passwordHash = :old', { ':old': old });
  return { username, old };
};

/** What is read, request by request. */
const reads = () =>
  calls.flatMap(({ operation, input }) =>
    operation.endsWith('GetItem') ? [input.RequestItems?.[tableName]] : [],
  );

test('a user is read as they are, not as they were a moment ago, and in one request with the counters', async () => {
  assert.equal((await login('alice')).status, 200);
  const [read, ...others] = reads();
  assert.deepEqual(others, []);
  assert.equal(read?.ConsistentRead, true);
  assert.ok(read?.Keys?.some(({ pk }) => pk.S === 'user#alice'));
  assert.ok(read?.Keys?.some(({ pk }) => pk.S.startsWith('attempts#')));
});

test('a name that no key can hold is an unknown user, whose record is not asked for', async () => {
  const { status, body } = await login('\ufdfa'.repeat(256));
  assert.deepEqual([status, body.code], [401, 'invalid_credentials']);
  const keys = reads().flatMap((read) => read?.Keys ?? []);
  assert.ok(keys.length > 0 && keys.every(({ pk }) => pk.S.startsWith('attempts#')));
});

test('a table that does not take the renewed hash stops nobody, and the next login renews it', async () => {
  const { username, old } = await oldUser();
  refuses = ({ input }) => input.UpdateExpression?.includes('passwordHash') ?? false;
  const warned = once(process, 'warning');
  assert.equal((await login(username)).status, 200);
  assert.equal((await findUser(table, username))?.passwordHash, old);
  const [{ message }] = await warned;
  assert.match(message, /^A password hash was not renewed/);
  assert.doesNotMatch(message, /argon2|correct horse/);

  refuses = () => false;
  assert.equal((await login(username)).status, 200);
  assert.match((await findUser(table, username))?.passwordHash ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
});

test('a password that changes while the old one logs in is not overwritten', async () => {
  const { username } = await oldUser();
  // Between the read and the write, as another login or the command line would.
  const changed = 'the hash of another password';
  refuses = async ({ input }) => {
    if (input.UpdateExpression?.includes('passwordHash'))
      await set(username, 'SET passwordHash = :new', { ':new': changed });
    return false;
  };
  assert.equal((await login(username)).status, 200);
  assert.equal((await findUser(table, username))?.passwordHash, changed);
});

test('a user who was stored without attributes has none', async () => {
  const { username } = await addUser(table, { username: `user-${crypto.randomUUID()}`, password });
  await set(username, 'REMOVE attributes');
  assert.equal((await login(username)).status, 200);
});

test('an attribute may be called what every object has: it is a tag in the login, and in a refresh', async () => {
  const attributes = { constructor: 'x', toString: 'y', role: 'editor' } as unknown as Record<string, string>;
  const { username } = await addUser(table, {
    username: `user-${crypto.randomUUID()}`,
    password,
    attributes,
  });
  const { status, body } = await login(username);
  assert.equal(status, 200);
  assert.deepEqual(Object.entries(tagsOf(body.token)).sort(), [
    ['constructor', 'x'],
    ['role', 'editor'],
  ]);
  const refreshed = await post(`${stack.apiUrl}/refresh`, { refreshToken: body.refreshToken });
  assert.deepEqual(tagsOf(refreshed.body.token), tagsOf(body.token));
});
