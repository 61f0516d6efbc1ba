import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import middy from '@middy/core';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type * as z from 'zod/mini';
import { type Answer, type Input, maxBodyBytes, type Route } from './contract.ts';
import { type MemberError, Problem } from './problem.ts';

/** What a use case may know of the request besides its input. */
export interface RequestContext {
  requestId: string;
  sourceIp: string;
  /** Aborts just before Lambda would end the function: hand it to every call that waits. */
  signal: AbortSignal;
}

/** A use case answers the route's response body or throws a Problem. */
export type UseCase<R extends Route> = (input: Input<R>, context: RequestContext) => Promise<Answer<R>>;

const serviceName = 'cognito-developer-identities';
const logger = new Logger({ serviceName });
const metrics = new Metrics({ namespace: 'CognitoDeveloperIdentities', serviceName });

/** Binds a route to its use case: the Lambda handler. The only place that knows HTTP, logs and metrics. */
export const endpoint = <R extends Route>(route: R, useCase: UseCase<R>) =>
  middy<APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2>({ timeoutEarlyResponse: timedOut })
    .use(injectLambdaContext(logger, { resetKeys: true }))
    .use(logMetrics(metrics))
    .before(({ event }) => {
      const { requestId } = event.requestContext;
      logger.appendKeys({ requestId, route: route.name });
      metrics.addDimension('route', route.name);
    })
    .before(({ event }) => refuseLargeBody(event))
    .use(httpJsonBodyParser())
    .onError((request) => {
      const problem = toProblem(request.error);
      report(problem);
      request.response = withCommonHeaders(
        problem.toResponse(request.event.requestContext.requestId),
        request.event,
      );
    })
    .handler(async (event, _context, { signal }) => {
      const input = parse(route.request.body, event.body);
      const { requestId, http } = event.requestContext;
      const answer = await useCase(input as Input<R>, { requestId, sourceIp: http.sourceIp, signal });
      metrics.addMetric('Success', MetricUnit.Count, 1);
      return withCommonHeaders(
        {
          statusCode: route.response.status,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(answer),
        },
        event,
      );
    });

const timedOut = () => {
  throw new Problem('timed_out');
};

const refuseLargeBody = ({ body = '', isBase64Encoded }: APIGatewayProxyEventV2) => {
  if (Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8') > maxBodyBytes) {
    throw new Problem('body_too_large', { detail: `At most ${maxBodyBytes} bytes are taken.` });
  }
};

const parse = (schema: z.ZodMiniType, value: unknown): unknown => {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new Problem('invalid_request', { errors: memberErrors(result.error.issues) });
};

/** Zod's issues as one error a member. Messages name what is wrong, never the value that was sent. */
const memberErrors = (issues: z.core.$ZodIssue[]): MemberError[] =>
  issues.flatMap((issue) => {
    if (issue.code === 'invalid_union') return memberErrors(closestBranch(issue.errors));
    if (issue.code !== 'unrecognized_keys') return { path: issue.path, detail: issue.message };
    return issue.keys.map((key) => ({ path: [...issue.path, key], detail: 'is not a member' }));
  });

/** Of a union's branches the one that knows most of the members sent; the first where several do. */
const closestBranch = (branches: z.core.$ZodIssue[][]): z.core.$ZodIssue[] => {
  const unknown = (issues: z.core.$ZodIssue[]) =>
    issues.reduce((sum, issue) => sum + (issue.code === 'unrecognized_keys' ? issue.keys.length : 0), 0);
  return branches.toSorted((one, other) => unknown(one) - unknown(other))[0] ?? [];
};

/** middy's parser keeps the body in its error's cause: that one is never passed on, it holds the password. */
const toProblem = (error: unknown): Problem => {
  if (error instanceof Problem) return error;
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  if (status === 415) return new Problem('unsupported_media_type');
  if (status === 422) return new Problem('invalid_json');
  return new Problem('internal_error', { cause: error });
};

const report = (problem: Problem) => {
  const { code, status, cause } = problem;
  metrics.addMetric(status >= 500 ? 'ServerProblem' : 'ClientProblem', MetricUnit.Count, 1);
  metrics.addMetadata('code', code);
  if (status >= 500) logger.error(problem.message, { code, error: problem });
  // The reason alone: the caller's fault needs no stack.
  else logger.info(problem.message, { code, ...(cause instanceof Error && { reason: cause.message }) });
};

/** Answers hold tokens: RFC 6749 §5.1 asks for no-store. The request id lets a caller quote the log's line. */
const withCommonHeaders = (
  response: APIGatewayProxyStructuredResultV2,
  { requestContext }: APIGatewayProxyEventV2,
): APIGatewayProxyStructuredResultV2 => ({
  ...response,
  headers: { ...response.headers, 'cache-control': 'no-store', 'x-request-id': requestContext.requestId },
});
