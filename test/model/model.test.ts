import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import fc from 'fast-check';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { groups, openTable } from '../../lib/table.ts';
import { listen } from '../../local/listen.ts';
import { region, tableName } from '../../local/settings.ts';
import { tokenOfStaff } from '../faults/world.ts';
import { testStack } from '../support/stack.ts';
import { commandsFor, type Service } from './commands.ts';
import { identityOf, type Model, newModel, usersOf } from './model.ts';

const users = ['ann', 'ben', 'cat', 'dan'];
const issuer = 'https://backend.example';
const { privateKey, publicKey } = await generateKeyPair('ES256');
const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256' }] };
const backend = await listen(
  createServer((_request, response) => response.end(JSON.stringify(jwks))),
  0,
);
after(() => backend.close());
const stack = await testStack({
  AUTHENTICATOR: 'jwt',
  JWT_ISSUER: issuer,
  JWT_AUDIENCE: 'cognito',
  JWT_JWKS_URL: backend.url,
});
const { client } = openTable(tableName, region, stack.dynamodbUrl);
after(() => client.destroy());
const authorization = `Bearer ${await tokenOfStaff(stack.staffUrl)}`;

const call: Service['call'] = async (method, path, body, headers = {}) => {
  const response = await fetch(`${stack.apiUrl}${path}`, {
    method,
    headers: { authorization, ...(body && { 'content-type': 'application/json' }), ...headers },
    ...(body && { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : {} };
};
const assertion: Service['assertion'] = (user) =>
  new SignJWT({ iss: issuer, aud: 'cognito', sub: user })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(privateKey);

/** Every run begins without identities and sessions of its users. */
const forget = async () => {
  for (const user of users) {
    const { body } = await call('GET', `/lookup?developerUserIdentifier=${user}`);
    if (body.identityId) await call('DELETE', `/identities/${body.identityId}`, { reason: 'the next run' });
    await call('DELETE', `/sessions/${user}`);
  }
};

const sessionCount = async (user: string) => {
  const { Items = [] } = await client.send(new ScanCommand({ TableName: tableName }));
  return Items.filter(({ group }) => group === groups.sessionsOf(user)).length;
};

const auditOf = async (identityId: string) => {
  const { body } = await call('GET', `/audit/${identityId}`);
  const entries = body.entries as unknown as { action: string; actor: string; outcome: string }[];
  assert.ok(entries.every(({ outcome }) => outcome === 'done'));
  return entries.map(({ action, actor }) => `${action} ${actor}`);
};

const assertAgrees = async (model: Model) => {
  for (const user of users) {
    const { status, body } = await call('GET', `/lookup?developerUserIdentifier=${user}`);
    const identityId = identityOf(model, user);
    assert.deepEqual([status, body.identityId], [identityId ? 200 : 404, identityId]);
    assert.equal(await sessionCount(user), model.sessions.get(user)?.size ?? 0, `sessions of ${user}`);
  }
  for (const identityId of model.identities.keys()) {
    const { body } = await call('GET', `/lookup?identityId=${identityId}`);
    assert.deepEqual([...(body.developerUserIdentifiers ?? [])].sort(), usersOf(model, identityId));
  }
  for (const identityId of [...model.identities.keys(), ...model.audit.keys()]) {
    // Newest first; entries of one millisecond are in no order.
    assert.deepEqual((await auditOf(identityId)).sort(), (model.audit.get(identityId) ?? []).toSorted());
  }
  const { Items = [] } = await client.send(new ScanCommand({ TableName: tableName }));
  assert.deepEqual(
    Items.filter(({ group }) => group === groups.intents),
    [],
  );
};

test('whatever users and staff do, identities, sessions and audit are as the model says', {
  timeout: 120_000,
}, async () => {
  await fc.assert(
    fc.asyncProperty(commandsFor(users), async (commands) => {
      await forget();
      const model = newModel();
      await fc.asyncModelRun(() => ({ model, real: { call, assertion, assertAgrees } }), commands);
      await assertAgrees(model);
    }),
    { numRuns: 40, interruptAfterTimeLimit: 20_000 },
  );
});
