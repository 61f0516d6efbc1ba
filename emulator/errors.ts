/** Every error the emulator answers with: AWS's type → its HTTP status. */
const statuses = {
  // Declared by the service model. 500 for the internal error is [I]; every other one is seen as 400.
  ConcurrentModificationException: 400,
  DeveloperUserAlreadyRegisteredException: 400,
  ExternalServiceException: 400,
  InternalErrorException: 500,
  InvalidIdentityPoolConfigurationException: 400,
  InvalidParameterException: 400,
  LimitExceededException: 400,
  NotAuthorizedException: 400,
  ResourceConflictException: 400,
  ResourceNotFoundException: 400,
  TooManyRequestsException: 400,
  // Common to AWS's JSON services. [I] for this one: texts and statuses are those of its siblings.
  AccessDeniedException: 400,
  IncompleteSignatureException: 400,
  MissingAuthenticationTokenException: 400,
  RequestEntityTooLargeException: 413,
  SerializationException: 400,
  UnknownOperationException: 400,
  ValidationException: 400,
  // STS's own, in its Query protocol.
  ExpiredToken: 403,
  ExpiredTokenException: 400,
  InvalidAction: 400,
  InvalidClientTokenId: 403,
  InvalidIdentityToken: 400,
  MissingAuthenticationToken: 403,
  ValidationError: 400,
} as const;

export type ErrorType = keyof typeof statuses;

/** The one error an operation throws: what AWS would answer. Nothing secret belongs in its text. */
export class AwsError extends Error {
  readonly type: ErrorType;
  readonly status: number;

  constructor(type: ErrorType, message: string) {
    super(message);
    this.name = type;
    this.type = type;
    this.status = statuses[type];
  }
}

export function isErrorType(name: string): name is ErrorType {
  return Object.hasOwn(statuses, name);
}
