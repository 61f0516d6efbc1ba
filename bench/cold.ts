import { readdirSync } from 'node:fs';
import { basename } from 'node:path';
import { type AwsStub, startAwsStub } from './aws-stub.ts';
import { type Column, event, lambda, prepare, titles } from './columns.ts';
import { report, show } from './report.ts';
import { type LambdaFunction, run } from './runtime-api.ts';
import { ratio, type Spread, shuffled, spread } from './statistics.ts';

interface Start {
  init: number;
  initCpu: number;
  response: number;
  responseCpu: number;
}
type Starts = Record<keyof Start, Spread>;

/** Starts the function, sends it one event, and ends it. */
const start = async (of: LambdaFunction, sent: object): Promise<Start> => {
  const running = await run(of);
  const initCpu = running.cpu();
  const { time, answer } = await running.invoke(sent);
  const responseCpu = running.cpu() - initCpu;
  await running.end();
  if (!answer.includes('"statusCode":200')) throw new Error(`${of.folder}: ${answer}`);
  return { init: running.init, initCpu, response: time, responseCpu };
};

/** Milliseconds of a cold start: process start → ready for an event, and → the first answer. In turns, so that all meet the same noise. */
export const cold = async (rounds = 30) => {
  await using stub = await startAwsStub();
  const folderOf = await prepare();
  const login = event('/login', { body: { assertion: stub.assertion } });
  const columns = ['empty', 'sdk', 'conventional', 'ours'] as const;
  const measured = await inTurns(columns, rounds, (column) =>
    start(lambda(folderOf(column === 'ours' ? 'login' : column), stub), login),
  );
  const functions = await everyFunction(folderOf, stub, Math.ceil(rounds / 4));
  await report('cold', { rounds, milliseconds: measured, initOfEveryFunction: functions }, [
    {
      head: ['', 'init, ms', '× empty', 'processor, ms', '× empty', 'first answer, ms', 'processor, ms'],
      rows: columns.map((column) => row(column, measured[column], measured.empty)),
    },
    {
      head: ['function', 'init, ms', '× empty'],
      rows: Object.entries(functions).map(([name, init]) => [
        name,
        show(init),
        `${ratio(init, measured.empty.init)}`,
      ]),
    },
  ]);
  return {
    'init ÷ empty': ratio(measured.ours.init, measured.empty.init),
    'init ÷ conventional': ratio(measured.ours.init, measured.conventional.init),
    'init, processor ÷ empty': ratio(measured.ours.initCpu, measured.empty.initCpu),
    'init, processor ÷ conventional': ratio(measured.ours.initCpu, measured.conventional.initCpu),
    'first answer ÷ conventional': ratio(measured.ours.response, measured.conventional.response),
  };
};

const row = (column: Column, { init, initCpu, response, responseCpu }: Starts, empty: Starts) => [
  titles[column],
  show(init),
  `${ratio(init, empty.init)}`,
  show(initCpu),
  `${ratio(initCpu, empty.initCpu)}`,
  show(response),
  show(responseCpu),
];

const inTurns = async <Name extends string>(
  names: readonly Name[],
  rounds: number,
  once: (name: Name) => Promise<Start>,
): Promise<Record<Name, Starts>> => {
  const all = new Map<Name, Start[]>(names.map((name) => [name, []]));
  // The first of each fills the machine's file cache, and is not counted.
  for (let round = 0; round <= rounds; round += 1) {
    // In another order each time: what was killed just before is still being cleaned up.
    for (const [name, starts] of shuffled([...all])) {
      const one = await once(name);
      if (round > 0) starts.push(one);
    }
  }
  const members = ['init', 'initCpu', 'response', 'responseCpu'] as const;
  const spreads = [...all].map(([name, starts]) => [
    name,
    Object.fromEntries(members.map((member) => [member, spread(starts.map((one) => one[member]))])),
  ]);
  return Object.fromEntries(spreads);
};

const everyFunction = async (folderOf: (name: string) => string, stub: AwsStub, rounds: number) => {
  const names = readdirSync('functions').map((file) => basename(file, '.ts'));
  const inits = new Map<string, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, times] of inits) {
      const running = await run(lambda(folderOf(name), stub));
      times.push(running.init);
      await running.end();
    }
  }
  return Object.fromEntries([...inits].map(([name, times]) => [name, spread(times)]));
};
