import { Logger } from '@aws-lambda-powertools/logger';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import type { Problem, ProblemCode } from './problem.ts';

/** Set by serverless.yml, with the stage: two stages of one account are not counted together. */
const serviceName = process.env.POWERTOOLS_SERVICE_NAME || 'cognito-developer-identities';

export const logger = new Logger({ serviceName });
const metrics = new Metrics({ namespace: 'CognitoDeveloperIdentities', serviceName });

/** What is counted, for the dashboard and the alarms: of the whole service, and of each route. */
const units = {
  /** Of every request, from its arrival at the gateway, cold start included: its samples are the requests. */
  Latency: MetricUnit.Milliseconds,
  ClientProblem: MetricUnit.Count,
  ServerProblem: MetricUnit.Count,
  LoginFailure: MetricUnit.Count,
  CognitoThrottled: MetricUnit.Count,
  UnfinishedChanges: MetricUnit.Count,
};
type Measured = Partial<Record<keyof typeof units, number>>;

/** What a problem counts as, besides the caller's fault or the service's. */
const alsoCounted: Partial<Record<ProblemCode, Measured>> = {
  invalid_credentials: { LoginFailure: 1 },
  too_many_attempts: { LoginFailure: 1 },
  cognito_throttled: { CognitoThrottled: 1 },
};

/** One line of embedded metrics. What is known besides is for Logs Insights, and no dimension: each of those costs. */
export const measure = (route: string, measured: Measured, known: Record<string, string> = {}) => {
  metrics.addDimension('route', route).addDimensions({});
  for (const [name, value] of Object.entries(known)) metrics.addMetadata(name, value);
  for (const [name, value] of Object.entries(measured))
    metrics.addMetric(name, units[name as keyof typeof units], value);
  metrics.publishStoredMetrics();
};

/** What the log knows a request by. Nothing that its caller sent but a well-formed id is in there. */
export interface Known {
  route: string;
  requestId: string;
  /** The access log's. It is the request's id too where the caller gave none. */
  gatewayRequestId: string;
}

/** Counts an answered request, and logs it where debugging is on. */
export const reportSuccess = ({ route, ...ids }: Known, milliseconds: number) => {
  measure(route, { Latency: milliseconds }, ids);
  logger.debug('Answered', { route, ...ids, milliseconds });
};

/** Counts and logs a request that failed. */
export const reportProblem = ({ route, ...ids }: Known, milliseconds: number, problem: Problem) => {
  const { code, status, cause } = problem;
  const fault: Measured = status >= 500 ? { ServerProblem: 1 } : { ClientProblem: 1 };
  measure(route, { Latency: milliseconds, ...fault, ...alsoCounted[code] }, { ...ids, code });
  const known = { route, ...ids, code };
  if (status >= 500) logger.error(problem.message, { ...known, error: problem });
  // The reason alone: the caller's fault needs no stack.
  else logger.info(problem.message, { ...known, ...(cause instanceof Error && { reason: cause.message }) });
};
