import assert from 'node:assert/strict';
import { mock, type TestContext } from 'node:test';
import { commonProblems, type Route } from '../../lib/contract.ts';
import type { Call, Fate } from '../support/aws-proxy.ts';
import type { Prepared, Scenario } from './scenarios.ts';
import type { Answer, World } from './world.ts';

/** One of the route's own problems, and none that says the service is broken. */
export const assertDeclared = ({ problems }: Route, { status, body }: Answer) => {
  if (status < 400) return;
  // One failing step is told as what it is, long before all of the function's time is over.
  const never: string[] = ['internal_error', 'timed_out'];
  const declared = [...problems, ...commonProblems].filter((code) => !never.includes(code));
  assert.ok((declared as string[]).includes(body.code ?? ''), `${status} ${body.code}`);
};

/** Milliseconds: longer than a function runs, and than an intent waits to be resumed. */
const functionsEnd = 16_000;
export const resumeAfter = 61_000;

/** The clock of everything in this process stands still, and moves on as a test says. */
export const freezeClock = () => mock.timers.enable({ apis: ['Date'], now: Date.now() });
/** To the real time: other processes have that one. */
export const resetClock = () => mock.timers.setTime(Math.round(performance.timeOrigin + performance.now()));
export const passTime = (milliseconds: number) => mock.timers.setTime(Date.now() + milliseconds);

/** Sends the request again as a client does: while the first one blocks its key, later. */
export const retry = async ({ send }: Prepared): Promise<Answer> => {
  const answer = await send();
  if (answer.body.code !== 'idempotency_in_progress') return answer;
  passTime(functionsEnd);
  return send();
};

/** How many calls of AWS the scenario makes when all goes well. */
export const countCalls = async (world: World, scenario: Scenario): Promise<Call[]> => {
  const prepared = await scenario.prepare(world);
  world.proxy.decide(() => undefined);
  const answer = await prepared.send();
  const calls = world.proxy.calls().filter(({ attempt }) => attempt === 1);
  assert.ok(answer.status < 300, JSON.stringify(answer));
  await prepared.settled(answer);
  return calls;
};

/** One run in which calls meet their fates, and then the retry, which has to put all right. */
export const runWithFaults = async (
  world: World,
  scenario: Scenario,
  fate: (call: Call) => Fate | undefined,
  meanwhile: (prepared: Prepared) => Promise<void> = async () => {},
): Promise<Answer> => {
  resetClock();
  const prepared = await scenario.prepare(world);
  world.proxy.decide(fate);
  const answer = await prepared.send();
  assert.ok(
    world.proxy.calls().some((call) => fate(call)),
    'the fault happened',
  );
  world.proxy.decide(() => undefined);
  assertDeclared(scenario.route, answer);
  // A fault is never the client's.
  const { status, body } = answer;
  assert.ok(status < 300 || status >= 500 || body.code === 'idempotency_in_progress', body.code);
  await meanwhile(prepared);
  const retried = answer.status < 300 ? answer : await retry(prepared);
  assert.ok(retried.status < 300, `retried: ${JSON.stringify(retried)}, first: ${JSON.stringify(answer)}`);
  await prepared.settled(retried);
  assert.deepEqual(await world.openIntents(), []);
  return answer;
};

/** The same for each operation of each service, at its first call. */
export const testEachOperation = async (t: TestContext, world: World, scenario: Scenario, fate: Fate) => {
  const calls = await countCalls(world, scenario);
  const firsts = new Map(calls.toReversed().map((call) => [call.operation, call]));
  for (const { number, service, operation } of firsts.values()) {
    await t.test(`${service} ${operation}`, async () => {
      await runWithFaults(world, scenario, (call) => (call.number === number ? fate : undefined));
    });
  }
};

/** A subtest for each call of the scenario, from which on nothing is answered: as if the function had died there. */
export const testOutages = async (
  t: TestContext,
  world: World,
  scenario: Scenario,
  meanwhile?: (prepared: Prepared) => Promise<void>,
) => {
  for (const { number, service, operation } of await countCalls(world, scenario)) {
    await t.test(`${number}. ${service} ${operation}`, async () => {
      const cut = (call: Call) => (call.number >= number ? 'cut' : undefined);
      await runWithFaults(world, scenario, cut, meanwhile);
    });
  }
};

/** What was begun is finished before anybody sends it again. */
export const resumed = (world: World) => async (prepared: Prepared) => {
  const begun = (await world.openIntents()).length > 0;
  await resume(world);
  if (begun) await prepared.settled();
  await resume(world);
};

/** Runs the scheduled function when what was cut off is old enough, and checks that it leaves nothing. */
export const resume = async (world: World) => {
  passTime(resumeAfter);
  assert.equal((await world.resume()).left, 0);
  assert.deepEqual(await world.openIntents(), []);
};

/** A subtest for each call of the scenario, which meets its fate at all of its attempts, or at its first only. */
export const testEachStep = async (
  t: TestContext,
  world: World,
  scenario: Scenario,
  fate: Fate,
  attempts: 'all' | 'first' = 'all',
) => {
  for (const { number, service, operation } of await countCalls(world, scenario)) {
    await t.test(`${number}. ${service} ${operation}`, async () => {
      const answer = await runWithFaults(world, scenario, (call) =>
        call.number === number && (attempts === 'all' || call.attempt === 1) ? fate : undefined,
      );
      // The SDK's second attempt is to be enough.
      if (attempts === 'first') assert.ok(answer.status < 300, JSON.stringify(answer.body));
    });
  }
};
