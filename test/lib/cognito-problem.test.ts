import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import { type TestContext, test } from 'node:test';
import { GetOpenIdTokenCommand, UnlinkDeveloperIdentityCommand } from '@aws-sdk/client-cognito-identity';
import { cognitoProblem } from '../../lib/cognito-problem.ts';
import { readConfig } from '../../lib/config.ts';
import { createIdentities } from '../../lib/identities.ts';
import { listen } from '../../local/listen.ts';
import { useLocalCredentials } from '../../local/settings.ts';
import { createPool, logIn, provider, startEmulator } from '../support/emulator.ts';

useLocalCredentials();
const identitiesAt = (endpoint: string) =>
  createIdentities(
    readConfig({
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL_COGNITO_IDENTITY: endpoint,
      IDENTITY_POOL_ID: 'us-east-1:0-f',
      DEVELOPER_PROVIDER_NAME: provider,
      TABLE_NAME: 'table',
      AUDIT_TABLE_NAME: 'audit',
    }),
  );
const user = { userId: 'user-1', principalTags: {}, durationSeconds: 900 };

/** What Cognito answers to a call that it refuses. */
const refusal = async (call: Promise<unknown>): Promise<Error> => {
  const outcome = await call.catch((error: Error) => error);
  assert.ok(outcome instanceof Error);
  return outcome;
};

test('one exception that says several things is told apart by its words', async (t) => {
  const { client } = await startEmulator(t);
  const pool = await createPool(client);
  const { IdentityId } = await logIn(client, pool, 'user-1');

  const other = await refusal(client.send(new GetOpenIdTokenCommand({ IdentityId })));
  assert.match(other.message, /^Logins don't match/);
  assert.equal(cognitoProblem(other).code, 'identity_conflict');

  const last = { IdentityPoolId: pool, IdentityId, DeveloperProviderName: provider };
  await client.send(new UnlinkDeveloperIdentityCommand({ ...last, DeveloperUserIdentifier: 'user-1' }));
  const disabled = await refusal(logIn(client, pool, 'user-1', { IdentityId }));
  assert.match(disabled.message, /^Access to Identity '.*' is forbidden/);
  assert.equal(disabled.name, other.name);
  assert.equal(cognitoProblem(disabled).code, 'identity_disabled');
});

const serverThat = async (t: TestContext, answer: (to: ServerResponse) => void) => {
  const server = await listen(
    createServer((_request, response) => answer(response)),
    0,
  );
  t.after(() => server.close());
  return identitiesAt(server.url);
};

test('a call that its role does not allow is a faulty set-up', async (t) => {
  const identities = await serverThat(t, (response) =>
    response
      .writeHead(400, { 'content-type': 'application/x-amz-json-1.1' })
      .end(JSON.stringify({ __type: 'AccessDeniedException', message: 'not authorized to perform' })),
  );
  await assert.rejects(identities.signIn(user, AbortSignal.timeout(60_000)), {
    code: 'cognito_misconfigured',
  });
});

test('a call that the end of the request ended has timed out', async (t) => {
  const request = new AbortController();
  const identities = await serverThat(t, () => request.abort());
  await assert.rejects(identities.signIn(user, request.signal), { code: 'timed_out' });
});
