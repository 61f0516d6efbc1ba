import { type AwsStub, startAwsStub } from './aws-stub.ts';
import { type Column, event, lambda, prepare, titles } from './columns.ts';
import { report, show } from './report.ts';
import { type LambdaFunction, type Running, run } from './runtime-api.ts';
import { round, type Spread, spread } from './statistics.ts';

const requestsOfARound = 100;
const warmUpRounds = 10;
const memoryAfter = warmUpRounds * requestsOfARound;
const paths = ['/login', '/refresh', '/lookup'] as const;
type Path = (typeof paths)[number];

interface Measured {
  /** Microseconds of processor time for each request, and of time until its answer. */
  cpu: Spread;
  time: Spread;
  /** Megabytes, after `memoryAfter` requests. */
  resident: number;
  /** Kilobytes of objects that each request makes. */
  heap: Spread;
  awsCalls: string[];
}

/** Microseconds and memory of a request to a function that has started, by its stack. */
export const warm = async (rounds = 12) => {
  await using stub = await startAwsStub();
  const folderOf = await prepare();
  const measured: Record<string, Partial<Record<Column, Measured>>> = {};
  for (const path of paths) measured[path] = await measurePath(path, { stub, folderOf, rounds });
  const own = Object.entries(measured).map(([path, columns]) => [path, overSdk(columns)] as const);
  await report(
    'warm',
    { rounds, requestsOfARound, microseconds: measured, processorOverSdk: Object.fromEntries(own) },
    [
      {
        head: ['', '', 'processor, µs', 'time, µs', 'heap, KB', `MB after ${memoryAfter}`, 'calls of AWS'],
        rows: Object.entries(measured).flatMap(([path, columns]) =>
          Object.entries(columns).map(([column, one]) => row(path, column as Column, one)),
        ),
      },
    ],
  );
  const { ours, empty } = measured['/login'] ?? {};
  return {
    ...Object.fromEntries(own.map(([path, share]) => [`${path}, processor ÷ the SDK calls alone`, share])),
    [`memory after ${memoryAfter} logins ÷ empty`]: round((ours?.resident ?? 0) / (empty?.resident ?? 1)),
  };
};

const row = (path: string, column: Column, { cpu, time, heap, resident, awsCalls }: Measured) => [
  path,
  titles[column],
  show(cpu),
  show(time),
  show(heap),
  `${resident}`,
  awsCalls.join(', '),
];

/** Without what an empty handler takes too: Lambda's own client, in all of them. */
const overSdk = ({ ours, sdk, empty }: Partial<Record<Column, Measured>>) => {
  const base = empty?.cpu.median ?? 0;
  return round(((ours?.cpu.median ?? 0) - base) / ((sdk?.cpu.median ?? 0) - base));
};

interface Setting {
  stub: AwsStub;
  folderOf: (name: string) => string;
  rounds: number;
}

/** All stacks run at once and are measured in turns, so that all meet the same noise. */
const measurePath = async (path: Path, { stub, folderOf, rounds }: Setting) => {
  const columns: Column[] =
    path === '/login' ? ['empty', 'sdk', 'conventional', 'ours'] : ['empty', 'sdk', 'ours'];
  const sent = await eventOf(path, stub, folderOf);
  const started = [];
  for (const column of columns) {
    const running = await run(lambda(folderOf(column === 'ours' ? path.slice(1) : column), stub));
    const awsCalls = await callsOf(running, sent, stub);
    started.push({ column, running, times: [] as number[], cpus: [] as number[], awsCalls });
  }
  // The first rounds, in which functions are compiled and optimised, are not counted.
  for (let done = 0; done < warmUpRounds; done += 1) {
    for (const { running } of started) await aRound(running, sent);
  }
  const resident = new Map(started.map(({ column, running }) => [column, round(running.resident())]));
  for (let done = 0; done < rounds; done += 1) {
    for (const { running, times, cpus } of started) {
      const one = await aRound(running, sent);
      times.push(...one.times);
      cpus.push(one.cpu);
    }
  }
  await Promise.all(started.map(({ running }) => running.end()));
  const result: [Column, Measured][] = [];
  for (const { column, times, cpus, awsCalls } of started) {
    const heap = await heapOf(lambda(folderOf(column === 'ours' ? path.slice(1) : column), stub), sent);
    const [cpu, time] = [spread(cpus), spread(times)];
    result.push([column, { cpu, time, heap, resident: resident.get(column) ?? 0, awsCalls }]);
  }
  return Object.fromEntries(result) as Partial<Record<Column, Measured>>;
};

/** Of a process of its own: what keeps garbage from being collected would change the other figures. */
const heapOf = async (of: LambdaFunction, sent: object): Promise<Spread> => {
  const running = await run(of, { asksHeap: true });
  for (let done = 0; done < 2; done += 1) await aRound(running, sent);
  const kilobytes: number[] = [];
  const requests = 20;
  for (let done = 0; done < 9; done += 1) {
    const before = await running.heapUsed();
    for (let count = 0; count < requests; count += 1) await ok(running, sent);
    kilobytes.push(((await running.heapUsed()) - before) / 1024 / requests);
  }
  await running.end();
  return spread(kilobytes);
};

const callsOf = async (running: Running, sent: object, stub: AwsStub) => {
  stub.calls();
  await ok(running, sent);
  return stub.calls();
};

const aRound = async (running: Running, sent: object) => {
  const times: number[] = [];
  const before = running.cpu();
  for (let count = 0; count < requestsOfARound; count += 1) times.push(1_000 * (await ok(running, sent)));
  return { times, cpu: (1_000 * (running.cpu() - before)) / requestsOfARound };
};

const ok = async (running: Running, sent: object) => {
  const { time, answer } = await running.invoke(sent);
  if (!answer.includes('"statusCode":200')) throw new Error(answer);
  return time;
};

const eventOf = async (path: Path, stub: AwsStub, folderOf: (name: string) => string) => {
  const login = event('/login', { body: { assertion: stub.assertion } });
  if (path === '/login') return login;
  if (path === '/lookup')
    return event(path, { token: stub.staffToken, query: 'developerUserIdentifier=4711' });
  const running = await run(lambda(folderOf('login'), stub));
  const { answer } = await running.invoke(login);
  await running.end();
  const { refreshToken } = JSON.parse(JSON.parse(answer).body);
  return event(path, { body: { refreshToken } });
};
