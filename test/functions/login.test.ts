import assert from 'node:assert/strict';
import { createHook } from 'node:async_hooks';
import { argon2Sync } from 'node:crypto';
import { test } from 'node:test';
import { fromCognitoIdentity } from '@aws-sdk/credential-providers';
import { ScanCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { decodeJwt } from 'jose';
import { routes } from '../../lib/contract.ts';
import { openTable } from '../../lib/table.ts';
import { addUser, findUser, setDisabled } from '../../lib/users.ts';
import { demoPassword, developerProviderName, region, tableName } from '../../local/settings.ts';
import { verify } from '../support/cognito.ts';
import { post, testStack } from '../support/stack.ts';

const { apiUrl, cognito, dynamodbUrl, identityPoolId } = await testStack({
  PRINCIPAL_TAGS: 'role,tenant',
  MAX_TOKEN_DURATION_SECONDS: '1800',
});
const table = openTable(tableName, region, dynamodbUrl);
const login = (body: unknown, headers = {}) => post(`${apiUrl}/login`, body, headers);
const password = demoPassword;

/** A user of the test's own, so that tests don't meet. */
const newUser = async (attributes: Record<string, string> = {}) => {
  const user = await addUser(table, { username: `user-${crypto.randomUUID()}`, password, attributes });
  return { username: user.username, userId: user.userId, credentials: { username: user.username, password } };
};

test('alice logs in, gets AWS credentials for the token, and the same identity the next time', async () => {
  const before = Math.floor(Date.now() / 1000);
  const { status, headers, body } = await login({ username: 'alice', password });
  assert.equal(status, 200);
  assert.equal(headers.get('cache-control'), 'no-store');
  assert.equal(routes.login.answer.safeParse(body).error, undefined);
  assert.deepEqual([body.identityPoolId, body.region], [identityPoolId, 'us-east-1']);
  const { identityId = '', token = '' } = body;

  const claims = await verify(cognito.endpoint, identityPoolId, token);
  const userId = (await findUser(table, 'alice'))?.userId;
  assert.equal(claims.sub, identityId);
  assert.deepEqual(claims.amr, [
    'authenticated',
    developerProviderName,
    `${developerProviderName}:${identityPoolId}:${userId}`,
  ]);
  assert.equal(new Date((claims.exp ?? 0) * 1000).toISOString(), body.tokenExpiresAt);
  assert.ok((claims.exp ?? 0) >= before + 900 && (claims.exp ?? 0) <= before + 960);

  const provider = fromCognitoIdentity({
    identityId,
    logins: { 'cognito-identity.amazonaws.com': token },
    clientConfig: { endpoint: cognito.endpoint, region: 'us-east-1' },
  });
  const credentials = await provider();
  assert.ok(credentials.accessKeyId && credentials.secretAccessKey && credentials.sessionToken);

  const again = await login({ username: 'ALICE', password });
  assert.equal(again.body.identityId, identityId);
});

test('two users have two identities', async () => {
  const [alice, bob] = await Promise.all(['alice', 'bob'].map((username) => login({ username, password })));
  assert.notEqual(alice?.body.identityId, bob?.body.identityId);
});

test('a token lives as long as asked for, up to the configured cap', async () => {
  const lifetime = async (durationSeconds: number) => {
    const { body } = await login({ username: 'alice', password, durationSeconds });
    const { iat = 0, exp = 0 } = decodeJwt(body.token ?? '');
    return exp - iat;
  };
  assert.equal(await lifetime(60), 60);
  assert.equal(await lifetime(86_400), 1_800);
});

test('of the attributes only those on the allow-list become principal tags', async () => {
  const { credentials } = await newUser({ role: 'editor', tenant: '', email: 'ada@example.com' });
  const { body } = await login(credentials);
  const claims = decodeJwt(body.token ?? '');
  assert.deepEqual(claims['https://aws.amazon.com/tags'], { principal_tags: { role: ['editor'] } });
});

test('unknown user, wrong password and disabled user get the same answer', async () => {
  const { credentials, username } = await newUser();
  await setDisabled(table, username, true);
  const attempts = [{ username: 'nobody', password }, { username: 'alice', password: 'wrong' }, credentials];
  const answers = await Promise.all(attempts.map((attempt) => login(attempt)));
  for (const { status, headers, body } of answers) {
    const { requestId, ...rest } = body;
    assert.equal(status, 401);
    assert.ok(headers.has('www-authenticate'));
    assert.equal(headers.get('content-type'), 'application/problem+json');
    assert.equal(requestId, headers.get('x-request-id'));
    assert.deepEqual(rest, {
      type: 'urn:problem-type:invalid_credentials',
      title: 'The credentials are not valid',
      status: 401,
      code: 'invalid_credentials',
    });
  }
  await setDisabled(table, username, false);
  assert.equal((await login(credentials)).status, 200);
});

test('unknown user, wrong password and disabled user cost one verification each, which is what takes time', async () => {
  let verifications = 0;
  const hook = createHook({
    init: (_id, type) => {
      if (type === 'ARGON2REQUEST') verifications++;
    },
  });
  const { credentials, username } = await newUser();
  const { credentials: disabled, username: disabledName } = await newUser();
  await setDisabled(table, disabledName, true);
  hook.enable();
  const counts: number[] = [];
  for (const attempt of [{ username: 'nobody else', password }, { username, password: 'wrong' }, disabled]) {
    verifications = 0;
    assert.equal((await login(attempt)).status, 401);
    counts.push(verifications);
  }
  hook.disable();
  assert.deepEqual(counts, [1, 1, 1]);
  assert.equal((await login(credentials)).status, 200);
});

test('a login asks Cognito once, and one that is refused does not', async () => {
  const { credentials } = await newUser();
  const requests = async (init?: RequestInit) =>
    (await fetch(`${cognito.endpoint}/_emulator/requests`, init)).json() as Promise<{ operation: string }[]>;
  for (const [attempt, asked] of [
    [credentials, ['GetOpenIdTokenForDeveloperIdentity']],
    [credentials, ['GetOpenIdTokenForDeveloperIdentity']],
    [{ ...credentials, password: 'wrong' }, []],
  ] as const) {
    await requests({ method: 'DELETE' });
    await login(attempt);
    assert.deepEqual(
      (await requests()).map(({ operation }) => operation),
      asked,
    );
  }
});

test('a hash of old parameters is renewed at login, and still verifies', async () => {
  const { credentials, username } = await newUser();
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
  await table.client.send(
    new UpdateCommand({
      TableName: tableName,
      Key: { pk: `user#${username}` },
      UpdateExpression: 'SET passwordHash = :old',
      ExpressionAttributeValues: { ':old': old },
    }),
  );
  assert.equal((await login({ ...credentials, password: 'wrong' })).status, 401);
  assert.equal((await findUser(table, username))?.passwordHash, old);
  assert.equal((await login(credentials)).status, 200);
  assert.match((await findUser(table, username))?.passwordHash ?? '', /^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  assert.equal((await login(credentials)).status, 200);
});

test('a session keeps the attributes that become tags, and no other', async () => {
  const { credentials, userId } = await newUser({ role: 'editor', email: 'ada@example.com' });
  await login(credentials);
  const { Items = [] } = await table.client.send(new ScanCommand({ TableName: tableName }));
  const session = Items.find(({ pk, user }) => pk.startsWith('session#') && user.userId === userId);
  assert.deepEqual(session?.user.attributes, { role: 'editor' });
});
