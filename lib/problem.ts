import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';

/**
 * Every problem the API can answer: code → HTTP status and title. `retryAfter` is in seconds.
 * Codes are part of the API: add, never rename.
 */
const table = {
  invalid_json: { status: 400, title: 'The body is not valid JSON' },
  invalid_request: { status: 400, title: 'The request does not fit the contract' },
  invalid_guest_token: { status: 400, title: 'The guest token is not a valid token of a guest of this pool' },
  invalid_login_token: { status: 400, title: 'Cognito refused a token in logins' },
  invalid_credentials: { status: 401, title: 'The credentials are not valid', challenge: 'Login' },
  invalid_refresh_token: { status: 401, title: 'The refresh token is not valid', challenge: 'Login' },
  unauthorized: {
    status: 401,
    title: 'A valid bearer token is needed',
    challenge: 'Bearer error="invalid_token"',
  },
  insufficient_scope: { status: 403, title: 'The token does not grant this' },
  identity_disabled: { status: 403, title: 'The identity is disabled' },
  identity_not_found: { status: 404, title: 'There is no such identity' },
  identity_conflict: { status: 409, title: 'The logins belong to different identities' },
  identity_mismatch: { status: 409, title: 'The identifier is not linked to that identity' },
  last_login: { status: 409, title: 'It is the last login of the identity' },
  too_many_logins: { status: 409, title: 'An identity can have 20 logins at most' },
  provider_conflict: { status: 409, title: 'Both identities have a login of the same public provider' },
  idempotency_in_progress: {
    status: 409,
    title: 'The first request with this key is still running',
    retryAfter: 1,
  },
  change_in_progress: {
    status: 409,
    title: 'Another change to the identity is under way',
    retryAfter: 5,
  },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The content type must be application/json' },
  idempotency_key_reused: { status: 422, title: 'The idempotency key belongs to another request' },
  too_many_attempts: { status: 429, title: 'Too many failed attempts' },
  internal_error: { status: 500, title: 'Internal error' },
  invalid_principal_tags: { status: 500, title: "An attribute of the user can't be a principal tag" },
  cognito_misconfigured: { status: 500, title: 'The service is not set up correctly for Cognito' },
  backend_unavailable: { status: 503, title: 'The authentication backend is unavailable', retryAfter: 5 },
  cognito_throttled: { status: 503, title: 'Cognito is throttling requests', retryAfter: 2 },
  cognito_unavailable: { status: 503, title: 'Cognito is unavailable', retryAfter: 5 },
  staff_issuer_unavailable: { status: 503, title: "The staff's token issuer is unavailable", retryAfter: 5 },
  unhealthy: { status: 503, title: 'A part of the service does not answer', retryAfter: 5 },
  table_unavailable: { status: 503, title: 'The table is unavailable', retryAfter: 5 },
  timed_out: { status: 504, title: 'The request took too long' },
} satisfies Record<string, ProblemKind>;

interface ProblemKind {
  status: number;
  title: string;
  retryAfter?: number;
  /**
   * A 401 must have one (RFC 9110 §15.5.2): RFC 6750's for bearer tokens. No registered scheme names credentials in a
   * JSON body, so "Login" doesn't either.
   */
  challenge?: string;
}

export type ProblemCode = keyof typeof table;
export const problems: Record<ProblemCode, ProblemKind> = table;

/** One member of the request that is wrong, and why: never the value that was sent. */
export interface MemberError {
  path: PropertyKey[];
  detail: string;
  /** Of the body, if not of the query, the path or the headers. */
  in?: 'query' | 'path' | 'header';
}

/** `detail` and `errors` are shown to the caller; `cause` is only logged. None may hold a secret. */
interface ProblemOptions extends ErrorOptions {
  detail?: string;
  errors?: MemberError[];
  /** Seconds, in place of the code's own. */
  retryAfter?: number;
  /** WWW-Authenticate (RFC 9110 §11.6.1). */
  challenge?: string;
}

/** An answer is not to grow with what a caller makes up: so many errors, and so much of a member's name. */
const maxErrors = 20;
const maxNameLength = 64;

/** A JSON Pointer as a URI fragment, as RFC 9457 §3 shows it (RFC 6901 §6). */
const pointer = (path: PropertyKey[]) => ['#', ...path.map(pointerToken)].join('/');

const pointerToken = (key: PropertyKey) =>
  encodeURIComponent(
    String(key).slice(0, maxNameLength).toWellFormed().replaceAll('~', '~0').replaceAll('/', '~1'),
  );

const toErrorMember = ({ path, detail, in: place }: MemberError) =>
  place
    ? { in: place, name: String(path[0]).slice(0, maxNameLength).toWellFormed(), detail }
    : { pointer: pointer(path), detail };

/** The one error class of the service. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly detail: string | undefined;
  readonly errors: MemberError[] | undefined;
  readonly retryAfter: number | undefined;
  readonly challenge: string | undefined;

  constructor(code: ProblemCode, { detail, errors, retryAfter, challenge, ...options }: ProblemOptions = {}) {
    super(detail ?? problems[code].title, options);
    this.code = code;
    this.detail = detail;
    this.errors = errors;
    this.retryAfter = retryAfter ?? problems[code].retryAfter;
    this.challenge = challenge ?? problems[code].challenge;
  }

  get status(): number {
    return problems[this.code].status;
  }

  /** The HTTP answer: `application/problem+json` (RFC 9457) with the stable `code` and the request's id. */
  toResponse(requestId: string): APIGatewayProxyStructuredResultV2 {
    const { status, code, detail } = this;
    const { title } = problems[code];
    const errors = this.errors?.slice(0, maxErrors).map(toErrorMember);
    return {
      statusCode: status,
      headers: {
        'content-type': 'application/problem+json',
        ...(this.retryAfter && { 'retry-after': String(this.retryAfter) }),
        ...(this.challenge && { 'www-authenticate': this.challenge }),
      },
      body: JSON.stringify({
        type: `urn:problem-type:${code}`,
        title,
        status,
        code,
        detail,
        errors,
        requestId,
      }),
    };
  }
}

export const isProblem = (error: unknown, ...codes: ProblemCode[]): error is Problem =>
  error instanceof Problem && codes.includes(error.code);

/** What sending it again does not change. */
export const isRefusal = (error: unknown): error is Problem => error instanceof Problem && error.status < 500;

/** A page's token is the caller's: one of another list, or one that was changed. */
export const wrongNextToken = (cause?: unknown) =>
  new Problem('invalid_request', {
    cause,
    errors: [{ in: 'query', path: ['nextToken'], detail: 'is not one of this list' }],
  });
