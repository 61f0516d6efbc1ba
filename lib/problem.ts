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
  invalid_credentials: { status: 401, title: 'The credentials are not valid' },
  identity_disabled: { status: 403, title: 'The identity is disabled' },
  identity_conflict: { status: 409, title: 'The logins belong to different identities' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The content type must be application/json' },
  internal_error: { status: 500, title: 'Internal error' },
  cognito_misconfigured: { status: 500, title: 'The service is not set up correctly for Cognito' },
  backend_unavailable: { status: 503, title: 'The authentication backend is unavailable', retryAfter: 5 },
  cognito_throttled: { status: 503, title: 'Cognito is throttling requests', retryAfter: 2 },
  cognito_unavailable: { status: 503, title: 'Cognito is unavailable', retryAfter: 5 },
  table_unavailable: { status: 503, title: 'The table is unavailable', retryAfter: 5 },
  timed_out: { status: 504, title: 'The request took too long' },
} satisfies Record<string, ProblemKind>;

interface ProblemKind {
  status: number;
  title: string;
  retryAfter?: number;
}

export type ProblemCode = keyof typeof table;
export const problems: Record<ProblemCode, ProblemKind> = table;

/** One member of the request that is wrong, and why: never the value that was sent. */
export interface MemberError {
  path: PropertyKey[];
  detail: string;
}

/** `detail` and `errors` are shown to the caller; `cause` is only logged. None may hold a secret. */
interface ProblemOptions extends ErrorOptions {
  detail?: string;
  errors?: MemberError[];
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

/** The one error class of the service. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  readonly detail: string | undefined;
  readonly errors: MemberError[] | undefined;

  constructor(code: ProblemCode, { detail, errors, ...options }: ProblemOptions = {}) {
    super(detail ?? problems[code].title, options);
    this.code = code;
    this.detail = detail;
    this.errors = errors;
  }

  get status(): number {
    return problems[this.code].status;
  }

  /** The HTTP answer: `application/problem+json` (RFC 9457) with the stable `code` and the request's id. */
  toResponse(requestId: string): APIGatewayProxyStructuredResultV2 {
    const { status, title, retryAfter } = problems[this.code];
    const { code, detail } = this;
    const errors = this.errors
      ?.slice(0, maxErrors)
      .map((error) => ({ pointer: pointer(error.path), detail: error.detail }));
    return {
      statusCode: status,
      headers: {
        'content-type': 'application/problem+json',
        ...(retryAfter && { 'retry-after': String(retryAfter) }),
        // RFC 9110 §15.5.2 asks for a challenge. No registered scheme names "a JSON body", so this one doesn't.
        ...(status === 401 && { 'www-authenticate': 'Login' }),
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
