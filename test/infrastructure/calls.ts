import assert from 'node:assert/strict';
import { argon2Sync, randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Context } from 'aws-lambda';
import { routes } from '../../lib/contract.ts';
import { groups, keys, openTable, type Table } from '../../lib/table.ts';
import { addUser } from '../../lib/users.ts';
import { demoPassword, region, staffAudience, staffScopes, tableName } from '../../local/settings.ts';
import type { Stack } from '../../local/stack.ts';
import { type AwsCall, allows, linesOf, statementsOf } from '../support/policies.ts';
import { startRecorder } from '../support/recorder.ts';
import { testStack } from '../support/stack.ts';

type RouteName = keyof typeof routes;

interface Sent {
  token?: string;
  query?: Record<string, string>;
  body?: object;
  key?: string;
  /** The last part of the path, where it is a parameter. */
  id?: string;
}

/** The function that runs now, and what each asked AWS for. They run one at a time. */
let running = '';
const calls: { name: string; call: AwsCall }[] = [];
const record = (call: AwsCall) => calls.push({ name: running, call });

test('every function is allowed all that it asks AWS for, and asks for all that it is allowed', async () => {
  const cognito = await startRecorder(record);
  const dynamodb = await startRecorder(record);
  const stack = await testStack({
    AWS_ENDPOINT_URL_COGNITO_IDENTITY: cognito.url,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    // A used refresh token ends its session at once.
    REFRESH_RETRY_SECONDS: '0',
  });
  cognito.target = stack.cognito.endpoint;
  dynamodb.target = stack.dynamodbUrl;
  const table = openTable(tableName, region, stack.dynamodbUrl);

  const send = async (name: RouteName, { token, query, body, key, id = '' }: Sent = {}) => {
    running = name;
    const { method, path } = routes[name];
    const url = new URL(path.replace(/\{\w+\}/, encodeURIComponent(id)), stack.apiUrl);
    url.search = new URLSearchParams(query).toString();
    const response = await fetch(url, {
      method,
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
        ...(key && { 'idempotency-key': key }),
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : {} };
  };
  const answer = async (status: number, ...sent: Parameters<typeof send>) => {
    const answered = await send(...sent);
    assert.equal(answered.status, status, `${sent[0]}: ${JSON.stringify(answered.body)}`);
    return answered.body;
  };
  /** Once in vain, so that the key is forgotten again, once for good, and once remembered. */
  const thrice = async (status: number, name: RouteName, sent: Sent) => {
    const key = randomUUID();
    cognito.down = true;
    await answer(503, name, { ...sent, key });
    cognito.down = false;
    await answer(status, name, { ...sent, key });
    await answer(status, name, { ...sent, key });
  };

  /** Somebody who has signed in, and whose hash is to be renewed when they do it again. */
  const person = async () => {
    const credentials = { username: randomUUID(), password: demoPassword };
    const { userId } = await addUser(table, credentials);
    await outdateHash(table, credentials.username);
    const tokens = await answer(200, 'login', { body: credentials });
    await outdateHash(table, credentials.username);
    return { credentials, wrong: { ...credentials, password: 'wrong' }, userId, ...tokens };
  };
  const reason = 'a test';
  const token = await staffToken(stack);

  await answer(200, 'health');
  const user = await person();
  await answer(401, 'login', { body: user.wrong });
  await answer(200, 'account', { token: user.token });
  cognito.down = true;
  await answer(503, 'refresh', { body: { refreshToken: user.refreshToken } });
  cognito.down = false;
  await answer(200, 'refresh', { body: { refreshToken: user.refreshToken } });
  await answer(401, 'refresh', { body: { refreshToken: user.refreshToken } });
  const { refreshToken } = await person();
  await answer(204, 'logout', { body: { refreshToken, everywhere: true } });

  await answer(200, 'lookup', { token, query: { identityId: user.identityId } });
  await answer(200, 'list-identities', { token });
  await answer(200, 'describe-identity', { token, id: user.identityId });
  await answer(200, 'audit', { token, id: user.identityId });

  const [mine, mineToo] = [await person(), await person()];
  await answer(401, 'merge-accounts', { body: { source: mine.wrong, destination: mineToo.credentials } });
  const accounts = { source: mine.credentials, destination: mineToo.credentials };
  await thrice(200, 'merge-accounts', { body: accounts });
  await answer(200, 'login', { body: mine.credentials });
  await outdateHash(table, mineToo.credentials.username);
  const developerUserIdentifier = mine.userId;
  await answer(401, 'unlink-account', { body: { credentials: mineToo.wrong, developerUserIdentifier } });
  await thrice(204, 'unlink-account', {
    body: { credentials: mineToo.credentials, developerUserIdentifier },
  });

  const [source, destination] = [await person(), await person()];
  const users = { sourceUserIdentifier: source.userId, destinationUserIdentifier: destination.userId };
  await thrice(200, 'merge', { token, body: { ...users, reason } });
  await answer(200, 'login', { body: source.credentials });
  const { identityId } = destination;
  await thrice(204, 'unlink', {
    token,
    body: { identityId, developerUserIdentifier: source.userId, reason },
  });
  await thrice(204, 'end-sessions', { token, id: destination.userId });
  await answer(200, 'login', { body: destination.credentials });
  await thrice(204, 'delete-identity', { token, id: identityId, body: { reason } });

  // Without a key a change is not remembered; one that was merged away is known by its audit only.
  const [first, second] = [await person(), await person()];
  await answer(200, 'merge-accounts', {
    body: { source: first.credentials, destination: second.credentials },
  });
  await answer(204, 'unlink-account', {
    body: { credentials: second.credentials, developerUserIdentifier: first.userId },
  });
  const [third, fourth] = [await person(), await person()];
  const pair = { sourceUserIdentifier: third.userId, destinationUserIdentifier: fourth.userId };
  await answer(200, 'merge', { token, body: { ...pair, reason } });
  await answer(204, 'unlink', {
    token,
    body: { identityId: fourth.identityId, developerUserIdentifier: third.userId, reason },
  });
  await answer(204, 'delete-identity', { token, id: third.identityId, body: { reason } });

  const [from, to, unlinked, deleted] = [await person(), await person(), await person(), await person()];
  await begin(table, 'merge', {
    sourceUserIdentifier: from.userId,
    destinationUserIdentifier: to.userId,
    sourceIdentityId: from.identityId,
    identityId: to.identityId,
  });
  await begin(table, 'unlink', {
    identityId: unlinked.identityId,
    developerUserIdentifier: unlinked.userId,
    allowLastLogin: true,
  });
  await begin(table, 'delete', {
    identityId: deleted.identityId,
    developerUserIdentifiers: [deleted.userId],
  });
  running = 'resume';
  const { handler } = await import('../../functions/resume.ts');
  const resumed = await handler({}, { getRemainingTimeInMillis: () => 10_000 } as Context);
  assert.deepEqual(resumed, { finished: 3, left: 0 });
  table.client.destroy();

  for (const name of [...Object.keys(routes), 'resume']) {
    const statements = statementsOf(name);
    const asked = calls.filter((each) => each.name === name);
    const needed = asked.map(({ call }) => {
      const granted = statements.find((statement) => allows(statement, call));
      assert.ok(granted, `${name} is not allowed ${JSON.stringify(call)}`);
      return linesOf({ ...granted, Action: call.action })[0];
    });
    const granted = statements.flatMap(linesOf).filter((line) => !line.startsWith('logs:'));
    assert.deepEqual(new Set(needed), new Set(granted), name);
  }
});

const staffToken = async ({ staffUrl }: Stack): Promise<string> => {
  const scope = staffScopes.join(' ');
  const body = new URLSearchParams({ grant_type: 'client_credentials', scope, aud: staffAudience });
  const response = await fetch(`${staffUrl}/token`, { method: 'POST', body });
  return ((await response.json()) as { access_token: string }).access_token;
};

/** Gives a user the hash of the same password with parameters of old. */
const outdateHash = async ({ client, name }: Table, username: string) => {
  const nonce = Buffer.alloc(16);
  const parameters = { memory: 8, passes: 1, parallelism: 1 };
  const hash = argon2Sync('argon2id', { message: demoPassword, nonce, tagLength: 32, ...parameters });
  const [salt, tag] = [nonce, hash].map((bytes) => bytes.toString('base64').replaceAll('=', ''));
  await client.send(
    new UpdateCommand({
      TableName: name,
      Key: keys.user(username),
      UpdateExpression: 'SET passwordHash = :hash',
      ExpressionAttributeValues: { ':hash': `$argon2id$v=19$m=8,t=1,p=1$${salt}$${tag}` },
    }),
  );
};

/** Writes what a change leaves behind that was cut off long ago. */
const begin = async (
  { client, name }: Table,
  kind: string,
  change: { identityId: string; [member: string]: unknown },
) => {
  const by = { actor: 'staff:test', reason: 'a test', requestId: randomUUID() };
  // A request with a key is remembered when it is done, one without is not.
  const intent = { group: groups.intents, kind, change, ...by, request: 'test', startedAt: 0 };
  // A merge holds its destination.
  const ofKind = kind === 'merge' ? { kept: true, holds: change.identityId } : { kept: false };
  const Item = { ...keys.intent('identity', kind), ...intent, ...ofKind };
  await client.send(new PutCommand({ TableName: name, Item }));
};
