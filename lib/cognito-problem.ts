import { Problem, type ProblemCode } from './problem.ts';

/** Every error that Cognito declares, and those that mean a faulty set-up. */
const problemCodes: Record<string, ProblemCode> = {
  AbortError: 'timed_out',
  AccessDeniedException: 'cognito_misconfigured',
  ConcurrentModificationException: 'cognito_unavailable',
  DeveloperUserAlreadyRegisteredException: 'identity_conflict',
  ExternalServiceException: 'cognito_unavailable',
  InternalErrorException: 'cognito_unavailable',
  InvalidIdentityPoolConfigurationException: 'cognito_misconfigured',
  InvalidParameterException: 'cognito_misconfigured',
  LimitExceededException: 'cognito_throttled',
  NotAuthorizedException: 'cognito_misconfigured',
  ResourceConflictException: 'identity_conflict',
  ResourceNotFoundException: 'identity_not_found',
  TooManyRequestsException: 'cognito_throttled',
  ValidationException: 'cognito_misconfigured',
};

/** Some exceptions say several things; only the text tells them apart. */
const texts: [RegExp, ProblemCode][] = [
  [/^IdentityPool /, 'cognito_misconfigured'],
  [/^Invalid login token/, 'invalid_login_token'],
  [/^Token is not from a supported provider/, 'invalid_login_token'],
  [/^Logins don't match/, 'identity_conflict'],
  [/^Access to Identity .* is forbidden/, 'identity_disabled'],
];

/**
 * The problem that an error of Cognito's SDK client means, but for what `others` says of this call. An error without a
 * name here, or a time-out: unavailable.
 */
export const cognitoProblem = (cause: unknown, others: Record<string, ProblemCode> = {}): Problem => {
  const { name, message } = cause instanceof Error ? cause : new Error();
  const said = name.endsWith('Exception') && texts.find(([pattern]) => pattern.test(message));
  return new Problem(said ? said[1] : (others[name] ?? problemCodes[name] ?? 'cognito_unavailable'), {
    cause,
  });
};
