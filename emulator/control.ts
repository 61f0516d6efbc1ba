import type { Clock } from './clock.ts';
import { AwsError } from './errors.ts';
import type { Fault, Faults } from './faults.ts';
import { refuseUnknown } from './members.ts';
import type { RequestLog } from './request-log.ts';
import { exportState, importState, type State } from './state.ts';
import type { Store } from './store.ts';

/** What the control API reaches. */
export type Controlled = {
  store: Store;
  clock: Clock;
  faults: Faults;
  requests: RequestLog;
  accountId: string;
};

/** Where the control API lives: no path of AWS begins so. */
export const controlPath = '/_emulator/';

/** The largest state that can be imported, in bytes. */
export const maximumState = 512 * 1024 * 1024;

type Route = (controlled: Controlled, body: unknown) => unknown;

const routes: Record<string, Route> = {
  'GET health': () => ({ status: 'ok' }),
  'POST reset': reset,
  'GET clock': ({ clock }) => describeClock(clock),
  'POST clock': setClock,
  'DELETE clock': ({ clock }) => {
    clock.reset();
    return describeClock(clock);
  },
  'GET faults': ({ faults }) => faults.list(),
  'POST faults': addFaults,
  'DELETE faults': ({ faults }) => faults.clear(),
  'GET state': ({ store }) => exportState(store),
  'PUT state': ({ store, clock, accountId }, body) =>
    importState(store, clock, accountId, requireObject(body) as State),
  'GET requests': ({ requests }) => requests.list(),
  'DELETE requests': ({ requests }) => requests.clear(),
};

/**
 * Answers a request to the control API. `path` has no leading controlPath; an empty body is undefined.
 * Throws the AwsError to answer.
 */
export function control(controlled: Controlled, method: string, path: string, body: string): unknown {
  const name = `${method} ${path}`;
  const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
  if (!route) throw new AwsError('UnknownOperationException', `No ${method} ${controlPath}${path} here.`);
  return route(controlled, body === '' ? undefined : parse(body)) ?? {};
}

/** Everything but the keys goes back to how an emulator starts. */
function reset({ store, clock, faults, requests }: Controlled): void {
  store.reset();
  clock.reset();
  faults.clear();
  requests.clear();
}

/** `freeze`: true, or a time as ISO 8601 or epoch seconds. `advance`: seconds. Both: first freeze. */
function setClock({ clock }: Controlled, body: unknown) {
  const change = requireObject(body);
  refuseUnknown(change, ['freeze', 'advance'], 'A change of the clock');
  const { freeze, advance } = change;
  if (freeze === true) clock.freeze();
  else if (freeze !== undefined) clock.freeze(toMilliseconds(freeze));
  if (advance !== undefined) clock.advance(toSeconds(advance) * 1000);
  return describeClock(clock);
}

function describeClock(clock: Clock) {
  const now = clock.now();
  return { now: Math.floor(now / 1000), iso: new Date(now).toISOString() };
}

function toMilliseconds(time: unknown): number {
  return typeof time === 'string' ? toSeconds(Date.parse(time)) : toSeconds(time) * 1000;
}

function toSeconds(value: unknown): number {
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  throw new AwsError(
    'InvalidParameterException',
    'freeze is true, ISO 8601 or epoch seconds; advance is seconds.',
  );
}

/** One fault or a list of them; none is added when one of them is wrong. */
function addFaults({ faults }: Controlled, body: unknown) {
  const before = faults.list();
  try {
    for (const fault of [body].flat()) faults.add(requireObject(fault) as Fault);
  } catch (error) {
    faults.clear();
    for (const fault of before) faults.add(fault);
    throw error;
  }
  return faults.list();
}

function requireObject(value: unknown): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new AwsError('SerializationException', 'The body is not a JSON object.');
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new AwsError('SerializationException', 'The body is not JSON.');
  }
}
