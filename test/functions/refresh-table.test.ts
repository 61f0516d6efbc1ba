import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import { awsError, startFront } from '../support/front.ts';
import { frozenClock, refused, sessionsOf, statusAndCode } from '../support/sessions.ts';
import { testStack } from '../support/stack.ts';

const front = await startFront();
const stack = await testStack({ AWS_ENDPOINT_URL_DYNAMODB: front.url, REFRESH_RETRY_SECONDS: '0' });
front.target = stack.dynamodbUrl;
const { newUser, login, refresh, refreshed, logout } = sessionsOf(stack);
const newSession = async () => login((await newUser()).username);
const unavailable = [503, 'table_unavailable'];
afterEach(() => {
  front.take = undefined;
});

for (const failing of ['GetItem', 'UpdateItem']) {
  test(`a table that refuses ${failing} logs nobody out, however late they come back`, async (t) => {
    const clock = frozenClock(t);
    const token = await newSession();
    front.take = (operation, response) =>
      operation === failing && awsError(response, 'ProvisionedThroughputExceededException');
    assert.deepEqual(statusAndCode(await refresh(token)), unavailable);
    front.take = undefined;
    clock.advance(600);
    await refreshed(token);
  });
}

test('a rotation that was made and not confirmed is known when it is sent again', async () => {
  const token = await newSession();
  let rotations = 0;
  front.take = async (operation, response, body) => {
    if (operation !== 'UpdateItem' || ++rotations > 1) return false;
    const headers = { 'x-amz-target': 'DynamoDB_20120810.UpdateItem', authorization, 'x-amz-date': '-' };
    const type = { 'content-type': 'application/x-amz-json-1.0' };
    await fetch(stack.dynamodbUrl, { method: 'POST', headers: { ...headers, ...type }, body });
    response.destroy();
    return true;
  };
  const next = await refreshed(token);
  // The second is the SDK's own.
  assert.equal(rotations, 2);
  front.take = undefined;
  await refreshed(next);
});

test('with no time to ask again, a used token ends the session at once', async () => {
  const first = await newSession();
  const second = await refreshed(first);
  assert.deepEqual(statusAndCode(await refresh(first)), refused);
  assert.deepEqual(statusAndCode(await refresh(second)), refused);
});

// As little as dynalite asks for.
const authorization =
  'AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0';

test('a replay that can not end the session now is refused all the same, and ends it the next time', async () => {
  const first = await newSession();
  const third = await refreshed(await refreshed(first));
  front.take = (operation, response) =>
    operation === 'DeleteItem' && awsError(response, 'ProvisionedThroughputExceededException');
  assert.deepEqual(statusAndCode(await refresh(first)), unavailable);
  front.take = undefined;
  assert.deepEqual(statusAndCode(await refresh(first)), refused);
  assert.deepEqual(statusAndCode(await refresh(third)), refused);
});

for (const failing of ['GetItem', 'DeleteItem', 'Query']) {
  test(`a logout that meets a table refusing ${failing} says so, and works the next time`, async () => {
    const token = await newSession();
    front.take = (operation, response) =>
      operation === failing && awsError(response, 'ProvisionedThroughputExceededException');
    assert.deepEqual(statusAndCode(await logout(token, true)), unavailable);
    front.take = undefined;
    assert.equal((await logout(token, true)).status, 204);
    assert.deepEqual(statusAndCode(await refresh(token)), refused);
  });
}
