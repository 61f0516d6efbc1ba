import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Problem } from './problem.ts';

const serviceName = 'cognito-developer-identities';

export const logger = new Logger({ serviceName });
const metrics = new Metrics({ namespace: 'CognitoDeveloperIdentities', serviceName });

/** What is counted, for the alarms. */
export type MetricName = 'Success' | 'ClientProblem' | 'ServerProblem' | 'UnfinishedChanges';

/** One line of embedded metrics. The code is in it for Logs Insights, and is no dimension: each of those costs. */
export const count = (route: string, name: MetricName, { value = 1, code = '' } = {}) => {
  const metric = metrics.singleMetric();
  metric.addDimension('route', route);
  if (code) metric.addMetadata('code', code);
  metric.addMetric(name, MetricUnit.Count, value);
};

/** Counts and logs a request that failed. Nothing that the caller sent is in the line. */
export const report = (route: string, requestId: string, problem: Problem) => {
  const { code, status, cause } = problem;
  const known = { requestId, route, code };
  count(route, status >= 500 ? 'ServerProblem' : 'ClientProblem', { code });
  if (status >= 500) logger.error(problem.message, { ...known, error: problem });
  // The reason alone: the caller's fault needs no stack.
  else logger.info(problem.message, { ...known, ...(cause instanceof Error && { reason: cause.message }) });
};
