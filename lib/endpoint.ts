import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Authorize, CallerOf } from './callers.ts';
import { timeLimits } from './config.ts';
import type { Answer, Input, Route } from './contract.ts';
import { Problem } from './problem.ts';
import { hasBody, readInput } from './request.ts';
import { type Known, logger, reportProblem, reportSuccess } from './telemetry.ts';

/** What a use case may know of the request besides its input. */
export interface RequestContext<Caller = unknown> {
  /** For the audit. Tells the request from all others: the id that its caller gave it, if any, and the gateway's. */
  requestId: string;
  sourceIp: string;
  /** The verified caller of a route that isn't for anyone. */
  caller: Caller;
  idempotencyKey: string | undefined;
  /**
   * Aborts shortly before Lambda would end the function: hand it to every call that waits, but those that undo what is
   * half done. The answer waits for these, and Lambda freezes what comes after the answer.
   */
  signal: AbortSignal;
  /** Milliseconds that the function has left. */
  remaining: () => number;
}

/** A use case answers the route's response body or throws a Problem. */
export type UseCase<R extends Route> = (
  input: Input<R>,
  context: RequestContext<CallerOf<R>>,
) => Promise<Answer<R>>;

/** A route that is not for anyone can't be bound without saying how its callers are known. */
type Authorizer<R extends Route> = R['caller'] extends 'anyone' ? [] : [authorize: Authorize];

/** Binds a route to its use case: the Lambda handler. */
export const endpoint = <R extends Route>(route: R, useCase: UseCase<R>, ...[authorize]: Authorizer<R>) => {
  const handler = middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>({
    timeoutEarlyResponse: timedOut,
    // The answer has to be on its way before Lambda ends the function, also where work goes on that was told to stop.
    timeoutEarlyInMillis: timeLimits.answer,
  })
    // Whatever the environment says, an event is never logged: it holds the password.
    .use(injectLambdaContext(logger, { logEvent: false }))
    .onError((request) => {
      const problem = toProblem(request.error);
      const known = knownBy(route, request.event);
      reportProblem(known, sinceArrival(request.event), problem);
      request.response = withCommonHeaders(problem.toResponse(known.requestId), known.requestId);
    });
  // Before anything is parsed: who may not call is told nothing else.
  const callers = new WeakMap<APIGatewayProxyEventV2, CallerOf<R>>();
  if (authorize) {
    handler.before(async ({ event }) => {
      callers.set(event, (await authorize(event.headers.authorization, route.caller)) as CallerOf<R>);
    });
  }
  if (route.body) {
    const { before: parse } = httpJsonBodyParser();
    handler.before(async (request) => {
      if (hasBody(route, request.event)) await parse?.(request);
      else delete request.event.body;
    });
  }

  return handler.handler(async (event, context) => {
    const known = knownBy(route, event);
    const { input, idempotencyKey } = readInput(route, event);
    const remaining = () => context.getRemainingTimeInMillis();
    const answer = await untilStopped(remaining(), (signal) =>
      useCase(input, {
        requestId: uniqueId(known),
        sourceIp: event.requestContext.http.sourceIp,
        caller: callers.get(event) as CallerOf<R>,
        idempotencyKey,
        signal,
        remaining,
      }),
    );
    reportSuccess(known, sinceArrival(event));
    return withCommonHeaders(success(answer), known.requestId);
  });
};

/**
 * Tells the work to stop in time before the function's end, which is in so many milliseconds. Whatever fails then, that
 * is why; but what is the caller's fault stays so.
 */
const untilStopped = async <Result>(
  remaining: number,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> => {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), Math.max(0, remaining - timeLimits.stop));
  try {
    return await work(stop.signal);
  } catch (error) {
    const isCallers = error instanceof Problem && error.status < 500;
    throw stop.signal.aborted && !isCallers ? new Problem('timed_out', { cause: error }) : error;
  } finally {
    clearTimeout(timer);
  }
};

/** A caller's own x-request-id, if it is short and of characters that mean nothing in logs and headers, or the gateway's. */
const knownBy = ({ name }: Route, { headers, requestContext }: APIGatewayProxyEventV2): Known => {
  const given = headers['x-request-id'] ?? '';
  const gatewayRequestId = requestContext.requestId;
  const requestId = /^[\w.:=+/-]{1,64}$/.test(given) ? given : gatewayRequestId;
  return { route: name, requestId, gatewayRequestId };
};

/** A caller may give two requests the same id. */
const uniqueId = ({ requestId, gatewayRequestId }: Known) =>
  requestId === gatewayRequestId ? requestId : `${requestId}/${gatewayRequestId}`;

/** Milliseconds. The clocks of gateway and function may differ by some; an event that was made up may not say. */
const sinceArrival = ({ requestContext }: APIGatewayProxyEventV2) =>
  Math.max(0, Date.now() - requestContext.timeEpoch) || 0;

const timedOut = () => {
  throw new Problem('timed_out');
};

const success = (answer: unknown): APIGatewayProxyStructuredResultV2 =>
  answer === undefined
    ? { statusCode: 204 }
    : { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(answer) };

/** middy's parser keeps the body in its error's cause: that one is never passed on, it holds the password. */
const toProblem = (error: unknown): Problem => {
  if (error instanceof Problem) return error;
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (status === 415) return new Problem('unsupported_media_type');
  if (status === 422) return new Problem('invalid_json');
  return new Problem('internal_error', { cause: error });
};

/** Answers hold tokens: RFC 6749 §5.1 asks for no-store. The request id lets a caller quote the log's lines. */
const withCommonHeaders = (
  response: APIGatewayProxyStructuredResultV2,
  requestId: string,
): APIGatewayProxyStructuredResultV2 => ({
  ...response,
  headers: { ...response.headers, 'cache-control': 'no-store', 'x-request-id': requestId },
});
