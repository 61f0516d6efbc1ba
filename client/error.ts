/** What the service answers an app: stable, see its openapi.json. */
export type ServiceCode =
  | 'invalid_json'
  | 'invalid_request'
  | 'invalid_guest_token'
  | 'invalid_login_token'
  | 'invalid_credentials'
  | 'invalid_refresh_token'
  | 'unauthorized'
  | 'identity_disabled'
  | 'identity_not_found'
  | 'identity_conflict'
  | 'identity_mismatch'
  | 'last_login'
  | 'too_many_logins'
  | 'provider_conflict'
  | 'change_in_progress'
  | 'idempotency_in_progress'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'idempotency_key_reused'
  | 'too_many_attempts'
  | 'internal_error'
  | 'invalid_principal_tags'
  | 'cognito_misconfigured'
  | 'backend_unavailable'
  | 'cognito_throttled'
  | 'cognito_unavailable'
  | 'table_unavailable'
  | 'timed_out';

/** What the client itself says: nobody is signed in, nothing answered, something else answered, another pool did. */
export type ClientCode = 'signed_out' | 'network_error' | 'unexpected_answer' | 'wrong_identity_pool';

/** The service's, the client's own, or an exception's name that Cognito Identity answered. */
export type ErrorCode = ServiceCode | ClientCode | `${string}Exception`;

/** A member of the request that is wrong, and why. */
export interface MemberError {
  pointer?: string;
  name?: string;
  in?: string;
  detail: string;
}

interface Details {
  status?: number | undefined;
  retryAfter?: number | undefined;
  requestId?: string | undefined;
  errors?: MemberError[] | undefined;
  cause?: unknown;
}

const transient: ErrorCode[] = [
  'network_error',
  'TooManyRequestsException',
  'idempotency_in_progress',
  'change_in_progress',
];

/** The one error class of the client. `message` is for logs; decide by `code`. */
export class DeveloperIdentityError extends Error {
  override readonly name = 'DeveloperIdentityError';
  readonly code: ErrorCode;
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined;
  /** Seconds to wait before it is tried again. */
  readonly retryAfter: number | undefined;
  /** Finds the service's or AWS's log line. */
  readonly requestId: string | undefined;
  readonly errors: MemberError[] | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    { status, retryAfter, requestId, errors, cause }: Details = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
    this.requestId = requestId;
    this.errors = errors;
  }

  /** Whether the same request may succeed soon: no answer, a 5xx, AWS throttles (a 400), or a change is under way. */
  get isTransient(): boolean {
    return transient.includes(this.code) || (this.status ?? 0) >= 500;
  }
}
