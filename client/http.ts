import { DeveloperIdentityError, type ErrorCode, type MemberError } from './error.ts';

export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Call {
  method: 'GET' | 'POST';
  headers: Record<string, string>;
  body?: unknown;
  /** Milliseconds for one attempt. */
  timeout: number;
  /** Milliseconds after the first attempt in which it may be sent again. */
  patience?: number;
}

/** A problem of the service, an exception of AWS, or API Gateway's own words. */
interface Refusal {
  code?: ErrorCode;
  title?: string;
  detail?: string;
  errors?: MemberError[];
  requestId?: string;
  __type?: string;
  message?: string;
}

const maxAttempts = 3;
/** A second and more each: together as long as a function of the service runs, which is 15. */
const maxInquiries = 12;
/** Milliseconds, doubled by each attempt. */
const backoff = 200;
/** Seconds. Who is told to wait longer decides alone what to do meanwhile. */
const longestWait = 10;

/**
 * Sends a request and answers the body. What is transient is sent again, at most twice; and what still runs under
 * its idempotency key, until that has an answer. @throws DeveloperIdentityError
 */
export const send = async (fetch: Fetch, url: string, call: Call): Promise<unknown> => {
  const { patience = Number.POSITIVE_INFINITY, ...attempted } = call;
  const begun = Date.now();
  for (let attempt = 1, inquiries = 0; ; ) {
    try {
      return await once(fetch, url, attempted);
    } catch (error) {
      const { code, isTransient, retryAfter = 0 } = error as DeveloperIdentityError;
      const wait = retryAfter * 1000 + Math.random() * backoff * 2 ** attempt;
      const isLateAfter = (milliseconds: number) => Date.now() + milliseconds - begun > patience;
      const isOver =
        code === 'idempotency_in_progress' ? ++inquiries > maxInquiries : ++attempt > maxAttempts;
      if (!isTransient || isOver || retryAfter > longestWait || isLateAfter(wait)) throw error;
      await sleep(wait);
      // A device may have slept for longer.
      if (isLateAfter(0)) throw error;
    }
  }
};

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const once = async (fetch: Fetch, url: string, { timeout, body, ...call }: Call): Promise<unknown> => {
  // Not AbortSignal.timeout: Hermes has none.
  const aborter = new AbortController();
  const timer = setTimeout(() => aborter.abort(), timeout);
  try {
    const response = await fetch(url, {
      ...call,
      ...(body !== undefined && { body: JSON.stringify(body) }),
      // Nothing here redirects. Followed, a 307 would carry a password to wherever it points.
      redirect: 'manual',
      signal: aborter.signal,
    });
    return read(response, await response.text());
  } catch (cause) {
    if (cause instanceof DeveloperIdentityError) throw cause;
    throw new DeveloperIdentityError('network_error', `No answer from ${url}`, { cause });
  } finally {
    clearTimeout(timer);
  }
};

const read = ({ ok, status, headers }: Response, text: string): unknown => {
  const body = parse(text);
  if (ok && (status === 204 || typeof body === 'object')) return body;
  const { code, title, detail, errors, requestId, __type, message }: Refusal = body ?? {};
  throw new DeveloperIdentityError(
    code ?? (__type?.split('#').pop() as ErrorCode | undefined) ?? 'unexpected_answer',
    detail ?? title ?? message ?? `Status ${status}`,
    {
      status,
      errors,
      retryAfter: Number(headers.get('retry-after')) || undefined,
      requestId: requestId ?? headers.get('x-request-id') ?? headers.get('x-amzn-requestid') ?? undefined,
    },
  );
};

const parse = (text: string) => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};
