import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { APIGatewayProxyEventV2, Context } from 'aws-lambda';
import recorded from '../../events/login.json' with { type: 'json' };
import { type Answer, routes } from '../../lib/contract.ts';
import { endpoint, type UseCase } from '../../lib/endpoint.ts';
import { Problem, type ProblemCode } from '../../lib/problem.ts';
import { logged } from '../support/logged.ts';

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
    const lines = (await logged(() => invoke(useCase, 10_000, event))).trim().split('\n');
    return JSON.parse(lines.find((line) => line.includes('"message"')) ?? '{}');
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

test('one line of metrics a request: how long it took, whose fault it was, and what it is known by', async () => {
  const metricsOf = async (useCase: UseCase<typeof routes.login>) => {
    const log = await logged(() => invoke(useCase));
    const lines = log.split('\n').filter((text) => text.includes('CloudWatchMetrics'));
    const [{ _aws, Latency, ...line }] = lines.map((text) => JSON.parse(text));
    assert.equal(lines.length, 1);
    // The recorded event arrived long ago.
    assert.ok(Latency > 0);
    assert.deepEqual(_aws.CloudWatchMetrics[0].Dimensions, [['service', 'route'], ['service']]);
    return line;
  };
  const fails = (code: ProblemCode) => async () => {
    throw new Problem(code);
  };
  const requestId = 'BqkXhj9FoAMEPQQ=';
  const known = {
    service: 'cognito-developer-identities',
    route: 'login',
    requestId,
    gatewayRequestId: requestId,
  };
  assert.deepEqual(await metricsOf(async () => answer), known);
  for (const [code, counted] of Object.entries({
    invalid_request: { ClientProblem: 1 },
    invalid_credentials: { ClientProblem: 1, LoginFailure: 1 },
    too_many_attempts: { ClientProblem: 1, LoginFailure: 1 },
    cognito_throttled: { ServerProblem: 1, CognitoThrottled: 1 },
    timed_out: { ServerProblem: 1 },
  })) {
    assert.deepEqual(await metricsOf(fails(code as ProblemCode)), { ...known, code, ...counted });
  }
});

test("a caller's request id is taken where it is well-formed, and the gateway's is logged beside it", async () => {
  const idsOf = async (given: string | undefined) => {
    const headers = { ...recorded.headers, ...(given !== undefined && { 'x-request-id': given }) };
    let seen: string | undefined;
    let answered: string | undefined;
    const log = await logged(async () => {
      const { headers: answers, body } = await invoke(
        async (_input, { requestId }) => {
          seen = requestId;
          throw new Problem('invalid_credentials');
        },
        10_000,
        { ...recorded, headers },
      );
      answered = String(answers?.['x-request-id']);
      assert.equal(body.requestId, answered);
    });
    for (const text of log.trim().split('\n')) {
      const line = JSON.parse(text);
      assert.deepEqual([line.requestId, line.gatewayRequestId], [answered, 'BqkXhj9FoAMEPQQ='], text);
    }
    const isOwn = answered !== 'BqkXhj9FoAMEPQQ=';
    assert.equal(seen, isOwn ? `${answered}/BqkXhj9FoAMEPQQ=` : answered);
    return answered;
  };
  for (const id of ['abc', '7f9c-4711:a/b+c.d=_', 'x'.repeat(64)]) assert.equal(await idsOf(id), id);
  for (const id of [undefined, '', 'x'.repeat(65), 'a b', 'a,b', 'a"b', 'a\nb', 'ä', '{}', 'a\u0000'])
    assert.equal(await idsOf(id), 'BqkXhj9FoAMEPQQ=', JSON.stringify(id));
});
