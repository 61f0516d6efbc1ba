import assert from 'node:assert/strict';
import { test } from 'node:test';
import { logged } from '../support/logged.ts';
import { newId, staffStack } from '../support/staff.ts';

// Metrics are lines of the log too.
const { send, ok, newIdentity } = await staffStack({
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
  POWERTOOLS_METRICS_DISABLED: 'false',
});

/** Two who are to be merged, and the request. */
const merge = async (requestId: string) => {
  const [source, destination] = [await newIdentity(), await newIdentity()];
  const body = {
    sourceUserIdentifier: source.userId,
    destinationUserIdentifier: destination.userId,
    reason: 'a test',
  };
  const headers = { 'x-request-id': requestId };
  return { source, destination, send: () => send('merge', { body, headers }) };
};
const auditOf = async (identityId: string) => (await ok('audit', { params: { identityId } })).entries;

test("a caller's request id is in the answer, in every line of the log and in the audit", async () => {
  const { source, destination, send } = await merge('ticket-4711');
  let answered: string | null = '';
  const log = await logged(async () => {
    answered = (await send()).headers.get('x-request-id');
  });
  assert.equal(answered, 'ticket-4711');
  const lines = log.trim().split('\n');
  assert.ok(lines.some((line) => JSON.parse(line).message === 'Answered'));
  for (const line of lines) {
    const { requestId, gatewayRequestId } = JSON.parse(line);
    assert.equal(requestId, 'ticket-4711', line);
    assert.match(gatewayRequestId, /^[0-9a-f-]{36}$/);
  }
  // Which tells it from others of the same name.
  const { gatewayRequestId } = JSON.parse(lines[0] ?? '');
  for (const { identityId } of [source, destination])
    assert.deepEqual(
      (await auditOf(identityId)).map(({ requestId }) => requestId),
      [`ticket-4711/${gatewayRequestId}`],
    );
});

test('of a refused request the answer, its body and the log have the same id', async () => {
  let ids: unknown[] = [];
  const log = await logged(async () => {
    const { headers, text } = await send('unlink', {
      body: { identityId: 'us-east-1:0', developerUserIdentifier: newId(), reason: 'a test' },
      headers: { 'x-request-id': 'refused-1' },
    });
    ids = [headers.get('x-request-id'), JSON.parse(text).requestId];
  });
  assert.deepEqual(ids, ['refused-1', 'refused-1']);
  for (const line of log.trim().split('\n')) assert.equal(JSON.parse(line).requestId, 'refused-1');
});

test('an id that is used again, at the same moment, hides nothing from the audit', async (t) => {
  const { userId, identityId } = await newIdentity(newId(), newId());
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() });
  const headers = { 'x-request-id': 'again' };
  assert.equal(
    (await send('end-sessions', { params: { developerUserIdentifier: userId }, headers })).status,
    204,
  );
  const body = { identityId, developerUserIdentifier: userId, reason: 'a test' };
  assert.equal((await send('unlink', { body, headers })).status, 204);
  t.mock.timers.reset();
  const actions = (await auditOf(identityId)).map(({ action }) => action);
  assert.deepEqual(actions.sort(), ['identity.unlinked', 'sessions.ended']);
});
