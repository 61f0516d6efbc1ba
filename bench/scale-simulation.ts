import { limits } from './scale-limits.ts';
import { behaviour, type Kind, loads, type Quotas } from './scale-model.ts';
import { arrivals, random } from './scale-random.ts';

export interface Scenario {
  loginsPerSecond: number;
  /** Seconds from one token of a device to its next. */
  refreshEvery: number;
  /** Without, nothing is ever throttled. */
  quotas?: Quotas;
  seed: number;
}

/** Devices that ask for the same since the same second. */
interface Group {
  kind: Kind | 'credentials';
  count: number;
  since: number;
}

const kinds: Group['kind'][] = ['login', 'refresh', 'credentials'];
const ofRequests = ['apiGateway', 'lambda', 'reads', 'writes', 'tokens'] as const;
export const components = [...ofRequests, 'credentials'] as const;
export type Component = (typeof components)[number];
export type PerComponent = Record<Component, number>;

export interface Result {
  /** Asked of each component, a second, tries again included; of Lambda: runs at once. */
  asked: PerComponent;
  /** Of that, what it refused. */
  throttled: PerComponent;
  /** Who needed a token or credentials, and of those who stopped trying; the last ones may be waiting still. */
  came: number;
  gaveUp: number;
  /** Seconds that the served ones waited: half of them, and 99 of 100, not longer. */
  p50: number;
  p99: number;
}

/** Seconds that are simulated. */
const duration = 3_600;

/** An hour of devices of all ages, second by second. */
export const simulate = ({ loginsPerSecond, refreshEvery, quotas, seed }: Scenario): Result => {
  const next = random(seed);
  const allowed = limits(quotas);
  const due: Map<number, Group>[] = [];
  const [asked, throttled] = [zeros(), zeros()];
  const waits: number[] = [];
  const total = { came: 0, served: 0, gaveUp: 0 };
  const refreshes = behaviour.used / refreshEvery - 1;
  const renewals = behaviour.used / behaviour.credentials - 1;
  const perSecond = {
    login: loginsPerSecond,
    refresh: loginsPerSecond * Math.max(0, refreshes),
    // With the token that the device has still.
    credentials: refreshes > 0 ? 0 : loginsPerSecond * renewals,
  };
  /** Of the refreshes, those after which credentials are asked for. */
  const withCredentials = Math.min(1, renewals / refreshes);

  /** Groups that differ in nothing but their count are one. */
  const later = (at: number, { kind, count, since }: Group) => {
    if (count === 0) return;
    due[at] ??= new Map();
    const key = kinds.indexOf(kind) * duration + since;
    const there = due[at].get(key);
    if (there) there.count += count;
    else due[at].set(key, { kind, count, since });
  };

  /** They come again in a while, or stop trying. */
  const refused = (now: number, group: Group) => {
    const soonest = now + behaviour.retryAfter;
    if (soonest - group.since > behaviour.patience) {
      total.gaveUp += group.count;
      return;
    }
    const parts = behaviour.retryAfter + 1;
    for (let part = 0; part < parts; part += 1)
      later(soonest + part, { ...group, count: wholePart(group.count, part, parts) });
  };

  const served = (now: number, { count, since }: Group) => {
    waits[now - since] = (waits[now - since] ?? 0) + count;
    total.served += count;
  };

  const gotToken = (now: number, group: Group) => {
    const asking = group.kind === 'login' ? group.count : rounded(group.count * withCredentials, next);
    served(now, { ...group, count: group.count - asking });
    later(now + 1, { ...group, kind: 'credentials', count: asking });
  };

  /** What a component lets through of these; the others are refused. */
  const pass = (now: number, component: Component, groups: Group[]): Group[] => {
    const units = groups.reduce((sum, group) => sum + unitsOf(group, component), 0);
    const most = allowed(component, now, units);
    const over = Math.max(0, units - most);
    throttled[component] += over;
    // The SDK asks Cognito a second time at once.
    asked[component] += units + (component === 'tokens' ? over : 0);
    if (over === 0) return groups;
    return groups.map((group) => {
      const count = rounded((group.count * most) / units, next);
      refused(now, { ...group, count: group.count - count });
      return { ...group, count };
    });
  };

  for (let now = 0; now < duration; now += 1) {
    for (const kind of kinds) {
      const count = arrivals(perSecond[kind], next);
      total.came += count;
      later(now, { kind, count, since: now });
    }
    const groups = [...(due[now]?.values() ?? [])];
    delete due[now];
    const isCredentials = ({ kind }: Group) => kind === 'credentials';
    let requests = groups.filter((group) => !isCredentials(group));
    for (const component of ofRequests) requests = pass(now, component, requests);
    for (const group of requests) gotToken(now, group);
    for (const group of pass(now, 'credentials', groups.filter(isCredentials))) served(now, group);
  }

  const mean = (of: PerComponent) => mapped(of, (sum) => sum / duration);
  return {
    asked: mean(asked),
    throttled: mean(throttled),
    came: total.came,
    gaveUp: total.gaveUp,
    p50: quantile(waits, total.served * 0.5),
    p99: quantile(waits, total.served * 0.99),
  };
};

const unitsOf = ({ kind, count }: Group, component: Component): number => {
  if (kind === 'credentials' || component === 'credentials') return count;
  const { api, seconds, reads, writes, tokens } = loads[kind];
  return count * { apiGateway: api, lambda: seconds, reads, writes, tokens }[component];
};

const zeros = (): PerComponent => ({
  apiGateway: 0,
  lambda: 0,
  reads: 0,
  writes: 0,
  tokens: 0,
  credentials: 0,
});

export const mapped = (of: PerComponent, change: (value: number) => number): PerComponent =>
  Object.fromEntries(Object.entries(of).map(([name, value]) => [name, change(value)])) as PerComponent;

/** Up or down by chance, so that many small numbers come out right together. */
const rounded = (value: number, next: () => number) => Math.floor(value + next());

/** One of the nearly equal whole parts of a number. */
const wholePart = (count: number, part: number, parts: number) =>
  Math.floor((count * (part + 1)) / parts) - Math.floor((count * part) / parts);

/** The value that so many of the counted ones are not over. */
const quantile = (counts: number[], rank: number): number => {
  let below = 0;
  for (let value = 0; value < counts.length; value += 1) {
    below += counts[value] ?? 0;
    if (below >= rank) return value;
  }
  return 0;
};
