import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Authorize, CallerOf } from './callers.ts';
import type { Answer, Input, Route } from './contract.ts';
import { Problem } from './problem.ts';
import { hasBody, readInput } from './request.ts';
import { count, logger, report } from './telemetry.ts';

/** What a use case may know of the request besides its input. */
export interface RequestContext<Caller = unknown> {
  requestId: string;
  sourceIp: string;
  /** The verified caller of a route that isn't for anyone. */
  caller: Caller;
  idempotencyKey: string | undefined;
  /** Aborts just before Lambda would end the function: hand it to every call that waits. */
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
    // The answer has to be on its way before Lambda ends the function.
    timeoutEarlyInMillis: 500,
  })
    // Whatever the environment says, an event is never logged: it holds the password.
    .use(injectLambdaContext(logger, { logEvent: false }))
    .onError((request) => {
      const problem = toProblem(request.error);
      const { requestId } = request.event.requestContext;
      report(route.name, requestId, problem);
      request.response = withCommonHeaders(problem.toResponse(requestId), requestId);
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

  return handler.handler(async (event, context, { signal }) => {
    const { requestId, http } = event.requestContext;
    const { input, idempotencyKey } = readInput(route, event);
    const answer = await useCase(input, {
      requestId,
      sourceIp: http.sourceIp,
      caller: callers.get(event) as CallerOf<R>,
      idempotencyKey,
      signal,
      remaining: () => context.getRemainingTimeInMillis(),
    });
    count(route.name, 'Success');
    return withCommonHeaders(success(answer), requestId);
  });
};

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

/** Answers hold tokens: RFC 6749 §5.1 asks for no-store. The request id lets a caller quote the log's line. */
const withCommonHeaders = (
  response: APIGatewayProxyStructuredResultV2,
  requestId: string,
): APIGatewayProxyStructuredResultV2 => ({
  ...response,
  headers: { ...response.headers, 'cache-control': 'no-store', 'x-request-id': requestId },
});
