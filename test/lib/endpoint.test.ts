import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import recorded from '../../events/login.json' with { type: 'json' };
import { type Answer, routes } from '../../lib/contract.ts';
import { endpoint, type UseCase } from '../../lib/endpoint.ts';
import { Problem } from '../../lib/problem.ts';
import { logged } from '../support/logged.ts';

process.env.POWERTOOLS_METRICS_DISABLED = 'true';

const answer: Answer<typeof routes.login> = {
  identityId: 'us-east-1:1',
  token: 'a.b.c',
  tokenExpiresAt: '2026-11-21T00:00:00.000Z',
  identityPoolId: 'us-east-1:0',
  region: 'us-east-1',
  refreshToken: 'id.secret',
  refreshTokenExpiresAt: '2026-12-05T00:00:00.000Z',
};

/** Runs a handler over the recorded event. The function has `limit` milliseconds, as on Lambda fewer and fewer. */
const invoke = async (useCase: UseCase<typeof routes.login>, limit = 10_000, event: object = recorded) => {
  const deadline = Date.now() + limit;
  const remaining = () => deadline - Date.now();
  const context = { functionName: 'login', getRemainingTimeInMillis: remaining } as Context;
  const response = await endpoint(routes.login, useCase)(
    structuredClone(event) as APIGatewayProxyEventV2,
    context,
  );
  return { ...response, remaining: remaining(), body: JSON.parse(response.body ?? '') };
};

test('the recorded event reaches the use case as its parsed input, with defaults and the caller', async () => {
  let seen: unknown[] = [];
  const { statusCode, headers, body } = await invoke(async (input, { requestId, sourceIp }) => {
    seen = [input, requestId, sourceIp];
    return answer;
  });
  assert.deepEqual(seen, [
    { username: 'alice', password: 'correct horse battery staple', durationSeconds: 900 },
    'BqkXhj9FoAMEPQQ=',
    '203.0.113.7',
  ]);
  assert.deepEqual([statusCode, body], [200, answer]);
  assert.equal(headers?.['x-request-id'], 'BqkXhj9FoAMEPQQ=');
});

test('a base64 body is the same request', async () => {
  const body = Buffer.from(recorded.body).toString('base64');
  const { statusCode } = await invoke(async () => answer, 10_000, {
    ...recorded,
    body,
    isBase64Encoded: true,
  });
  assert.equal(statusCode, 200);
});

test('an error nobody foresaw is 500 without a word of it, and in the log with its stack', async () => {
  const log = await logged(async () => {
    const { statusCode, body } = await invoke(async () => {
      throw new TypeError('the secret inside');
    });
    assert.equal(statusCode, 500);
    assert.deepEqual(Object.keys(body), ['type', 'title', 'status', 'code', 'requestId']);
    assert.equal(body.code, 'internal_error');
  });
  assert.match(log, /"level":"ERROR".*the secret inside.*endpoint\.test\.ts/);
  assert.match(log, /"requestId":"BqkXhj9FoAMEPQQ="/);
});

test('just before Lambda would end the function the caller gets an answer, and the work is told to stop', async () => {
  let aborted = false;
  await logged(async () => {
    const { statusCode, body, remaining } = await invoke(async (_input, { signal }) => {
      signal.addEventListener('abort', () => {
        aborted = true;
      });
      await sleep(5_000, undefined, { ref: false });
      return answer;
    }, 1_500);
    assert.deepEqual([statusCode, body.code], [504, 'timed_out']);
    // Time for the answer to get away.
    assert.ok(remaining > 50, `${remaining} ms are left`);
  });
  assert.equal(aborted, true);
});

test("a request's line in the log has nothing of the request before", async () => {
  const lineOf = async (useCase: UseCase<typeof routes.login>, requestId: string) => {
    const event = { ...recorded, requestContext: { ...recorded.requestContext, requestId } };
    return JSON.parse(await logged(() => invoke(useCase, 10_000, event)));
  };
  const first = await lineOf(async () => {
    throw new Problem('invalid_credentials', { cause: new Error('the first reason') });
  }, 'first');
  assert.deepEqual(
    [first.requestId, first.code, first.reason],
    ['first', 'invalid_credentials', 'the first reason'],
  );
  const second = await lineOf(async () => {
    throw new Problem('cognito_throttled');
  }, 'second');
  assert.deepEqual([second.requestId, second.code], ['second', 'cognito_throttled']);
  assert.doesNotMatch(JSON.stringify(second), /first|invalid_credentials/);
  const third = await lineOf(async () => {
    throw new Problem('invalid_credentials');
  }, 'third');
  assert.doesNotMatch(JSON.stringify(third), /first|second|reason|error/i);
});

test('metrics count what succeeded and whose fault the rest was', async () => {
  const metricOf = async (useCase: UseCase<typeof routes.login>) => {
    const log = await logged(() => invoke(useCase));
    const line = log.split('\n').find((text) => text.includes('CloudWatchMetrics')) ?? '{}';
    const { route, service, ...blob } = JSON.parse(line);
    return [
      route,
      service,
      ...['Success', 'ClientProblem', 'ServerProblem'].filter((name) => name in blob),
      blob.code,
    ];
  };
  process.env.POWERTOOLS_METRICS_DISABLED = 'false';
  const service = 'cognito-developer-identities';
  const fails = (code: 'invalid_credentials' | 'cognito_throttled') => async () => {
    throw new Problem(code);
  };
  assert.deepEqual(await metricOf(async () => answer), ['login', service, 'Success', undefined]);
  assert.deepEqual(await metricOf(fails('invalid_credentials')), [
    'login',
    service,
    'ClientProblem',
    'invalid_credentials',
  ]);
  assert.deepEqual(await metricOf(fails('cognito_throttled')), [
    'login',
    service,
    'ServerProblem',
    'cognito_throttled',
  ]);
  process.env.POWERTOOLS_METRICS_DISABLED = 'true';
});
