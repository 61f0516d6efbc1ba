import { report } from './report.ts';
import { type StackProcess, startStackProcess } from './stack-process.ts';
import { round, spread } from './statistics.ts';

const connectionCounts = [1, 16, 64];

interface Loaded {
  rate: number;
  /** Milliseconds. */
  p50: number;
  p99: number;
  errors: number;
}

interface Sample {
  second: number;
  requests: number;
  errors: number;
  /** Megabytes, after a garbage collection. */
  heap: number;
  resident: number;
  handles: number;
}

/** What one connection does again and again: its next request. */
type Client = () => Promise<unknown>;

/** The local stack, all of it in one process, under so many connections; then for some minutes. */
export const load = async (rounds = 6) => {
  const stack = await startStackProcess();
  const measured: Record<string, Record<number, Loaded>> = {};
  for (const [path, client] of Object.entries(await clientsOf(stack))) {
    measured[path] = {};
    for (const connections of connectionCounts) {
      const clients = await Promise.all(
        Array.from({ length: connections }, (_, index) => client(`user${index}`)),
      );
      await loadFor(clients, 0.5);
      measured[path][connections] = await loadFor(clients, rounds / 2);
    }
  }
  const soaked = await soak(stack, rounds * 20);
  await stack.stop();
  await report('load', { seconds: rounds / 2, load: measured, soak: soaked }, [
    {
      head: ['', 'connections', 'a second', 'p50, ms', 'p99, ms', 'errors'],
      rows: Object.entries(measured).flatMap(([path, counts]) =>
        Object.entries(counts).map(([count, { rate, p50, p99, errors }]) =>
          [path, count, rate, p50, p99, errors].map(String),
        ),
      ),
    },
    {
      head: ['soak, s', 'requests', 'errors', 'sessions lost', 'heap, MB', 'resident, MB', 'handles'],
      rows: soaked.samples.map((one) =>
        [one.second, one.requests, one.errors, '', one.heap, one.resident, one.handles].map(String),
      ),
    },
  ]);
  return {
    'requests of the soak': soaked.requests,
    errors: soaked.errors,
    'sessions lost in the soak': soaked.lostSessions,
  };
};

/** For each route how a connection's user makes requests. */
const clientsOf = async (stack: StackProcess): Promise<Record<string, (user: string) => Promise<Client>>> => {
  const login = async (user: string) => {
    const body = { assertion: await stack.assertionOf(user) };
    return () => stack.send({ path: '/login', body });
  };
  // One after another: the stack's process answers one question at a time.
  let turn = Promise.resolve<unknown>(undefined);
  const inTurn = <Answer>(ask: () => Promise<Answer>): Promise<Answer> => {
    const answer = turn.then(ask);
    turn = answer.catch(() => {});
    return answer;
  };
  return {
    '/login': (user) => inTurn(() => login(user)),
    '/refresh': async (user) => {
      let { refreshToken } = await (await inTurn(() => login(user)))();
      return async () => {
        ({ refreshToken } = await stack.send({ path: '/refresh', body: { refreshToken } }));
      };
    },
    '/lookup': async (user) => {
      await (await inTurn(() => login(user)))();
      const path = `/lookup?developerUserIdentifier=${user}`;
      return () => stack.send({ path, token: stack.staffToken });
    },
  };
};

const loadFor = async (clients: Client[], seconds: number): Promise<Loaded> => {
  const times: number[] = [];
  let errors = 0;
  const begun = performance.now();
  const end = begun + seconds * 1_000;
  const busy = async (client: Client) => {
    while (performance.now() < end) {
      const sent = performance.now();
      await client().catch((error) => {
        errors += 1;
        if (errors === 1) console.error(error);
      });
      times.push(performance.now() - sent);
    }
  };
  await Promise.all(clients.map(busy));
  times.sort((a, b) => a - b);
  const at = (share: number) => round(times[Math.floor(times.length * share)] ?? Number.NaN);
  return {
    rate: round((times.length * 1_000) / (performance.now() - begun)),
    p50: at(0.5),
    p99: at(0.99),
    errors,
  };
};

/**
 * Eight users who sign in, refresh and sign out, and eight who keep one session all the time. They come back to as few sessions
 * and identities, so that the local tables don't grow either.
 */
const soak = async (stack: StackProcess, seconds: number) => {
  const clients = await clientsOf(stack);
  const kept = await Promise.all(
    Array.from({ length: 8 }, (_, index) => clients['/refresh']?.(`keeper${index}`)),
  );
  const comers = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const login = (await clients['/login']?.(`comer${index}`)) as () => Promise<Record<string, string>>;
      return async () => {
        const { refreshToken } = await login();
        const next = await stack.send({ path: '/refresh', body: { refreshToken } });
        await stack.send({ path: '/logout', body: { refreshToken: next.refreshToken } });
      };
    }),
  );
  const all = [...kept, ...comers] as Client[];
  const samples: Sample[] = [];
  const steps = 10;
  for (let step = 1; step <= steps; step += 1) {
    const { rate, errors } = await loadFor(all, seconds / steps);
    const { heap, resident, handles } = await stack.health();
    const second = round((step * seconds) / steps);
    samples.push({
      second,
      requests: Math.round((rate * seconds) / steps),
      errors,
      heap: round(heap),
      resident: round(resident),
      handles,
    });
  }
  const ended = await Promise.allSettled((kept as Client[]).map((client) => client()));
  const sum = (member: 'requests' | 'errors') => samples.reduce((total, one) => total + one[member], 0);
  const half = samples.length / 2;
  return {
    seconds,
    requests: sum('requests'),
    errors: sum('errors'),
    lostSessions: ended.filter(({ status }) => status === 'rejected').length,
    heapOfLaterHalf: spread(samples.slice(half).map(({ heap }) => heap)),
    samples,
  };
};
