import { beforeEach } from 'node:test';
import { type DeveloperIdentityOptions, developerIdentity, type SessionStorage } from '../../client/index.ts';
import { demoPassword as password } from '../../local/settings.ts';
import { sessionsOf } from '../support/sessions.ts';
import { testStack } from '../support/stack.ts';

/**
 * What becomes of a request: `cut` never arrives; of `lost` the answer doesn't, and of `silent` neither does the end
 * of the connection. A Response is answered in the server's place.
 */
export type Fate = 'cut' | 'lost' | 'silent' | Response;

/** What reached the network: a path of the service, or an operation of Cognito. */
type Sent = { name: string; body: Record<string, unknown>; headers: Record<string, string> };

/** The running stack, and devices that use it over a network that a test can spoil. */
export const clientWorld = async (env: NodeJS.ProcessEnv = {}) => {
  const stack = await testStack(env);
  const { newUser, table } = sessionsOf(stack);
  let sent: Sent[] = [];
  let decide: (call: Sent, number: number) => Fate | undefined = () => undefined;

  const fetchOver = async (url: string, init: RequestInit): Promise<Response> => {
    const headers = init.headers as Record<string, string>;
    const name = headers['x-amz-target']?.split('.')[1] ?? new URL(url).pathname;
    const call = { name, headers, body: JSON.parse(String(init.body ?? '{}')) };
    sent.push(call);
    const fate = decide(call, sent.filter((other) => other.name === name).length);
    if (fate instanceof Response) return fate.clone();
    if (fate === 'cut') throw new TypeError('fetch failed');
    const answer = await fetch(url, init);
    if (fate === 'lost') throw new TypeError('fetch failed');
    if (fate === 'silent') return never(init.signal);
    return answer;
  };

  beforeEach(() => {
    decide = () => undefined;
  });
  return {
    ...stack,
    table,
    password,
    /** What was sent since the last `decide`. */
    sent: (name?: string) => sent.filter((call) => !name || call.name === name),
    names: () => sent.map(({ name }) => name),
    /** Counts from 1 again, and does so to every request from now on. */
    decide(next: typeof decide = () => undefined) {
      sent = [];
      decide = next;
    },
    /** A tab, or an app that was started. */
    device: (options: Partial<DeveloperIdentityOptions> = {}) =>
      developerIdentity({
        apiUrl: stack.apiUrl,
        identityPoolId: stack.identityPoolId,
        cognitoEndpoint: stack.cognito.endpoint,
        fetch: fetchOver,
        ...options,
      }),
    /** A user of the test's own. */
    async newUser(attributes: Record<string, string> = {}) {
      const { username, userId } = await newUser(attributes);
      return { userId, credentials: { username, password } };
    },
  };
};

const never = (signal: AbortSignal | null | undefined) =>
  new Promise<Response>((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));

/** A storage, and what is in it. */
export const testStorage = () => {
  const items = new Map<string, string>();
  const storage: SessionStorage = {
    // As AsyncStorage does.
    getItem: async (key) => items.get(key) ?? null,
    setItem: async (key, value) => void items.set(key, value),
    removeItem: async (key) => void items.delete(key),
  };
  return { items, storage };
};

/** Events as they come. */
export const heard = <Event>(on: (listener: (event: Event) => void) => unknown) => {
  const events: Event[] = [];
  const next = Promise.withResolvers<Event>();
  on((event) => {
    events.push(event);
    next.resolve(event);
  });
  return { events, first: next.promise };
};

/** An answer of the service as it is when it can't. */
export const unavailable = (retryAfter?: number) =>
  new Response(
    JSON.stringify({ code: 'table_unavailable', title: 'The table is unavailable', status: 503 }),
    {
      status: 503,
      headers: retryAfter ? { 'retry-after': String(retryAfter) } : {},
    },
  );
