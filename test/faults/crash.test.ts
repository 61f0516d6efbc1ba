import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { after, test } from 'node:test';
import { merge, type Request } from './scenarios.ts';
import { freezeClock, resetClock, resume, retry } from './steps.ts';
import { startWorld } from './world.ts';

freezeClock();
const world = await startWorld();

/** A new process takes its time to load the function: the next one starts while a test runs. */
const spawn = async (): Promise<ChildProcess> => {
  const child = fork(new URL('child.ts', import.meta.url), ['merge'], {
    env: { ...process.env, NODE_V8_COVERAGE: '' },
  });
  await once(child, 'message');
  return child;
};
let next = spawn();
after(async () => (await next).kill('SIGKILL'));

/** Merges in the child. Answers how many calls it made before it was killed at the call of that number, or answered. */
const run = async (request: Request, killedAt: number) => {
  const child = await next;
  next = spawn();
  const over = Promise.race([once(child, 'message'), once(child, 'exit')]);
  world.proxy.decide(({ number }) => {
    if (number < killedAt) return undefined;
    child.kill('SIGKILL');
    return 'cut';
  });
  child.send(eventOf(request));
  const [said] = await over;
  const calls = world.proxy.calls();
  world.proxy.decide(() => undefined);
  // The child's own clock went on.
  resetClock();
  return { killed: said === null, calls: calls.length };
};

const eventOf = ({ body, headers }: Request) => ({
  rawPath: '/merge',
  rawQueryString: '',
  headers: { ...headers, authorization: `Bearer ${world.staffToken}`, 'content-type': 'application/json' },
  requestContext: { requestId: randomUUID(), http: { method: 'POST', path: '/merge', sourceIp: '::1' } },
  body: JSON.stringify(body),
  isBase64Encoded: false,
});

const prepare = async () => {
  const { request, ...prepared } = await merge.prepare(world);
  assert.ok(request);
  return { request, prepared };
};

test('killed between any two steps of a merge: a retry completes it, and nothing is left to resume', {
  timeout: 300_000,
}, async (t) => {
  const { request, prepared } = await prepare();
  const { killed, calls } = await run(request, Number.POSITIVE_INFINITY);
  assert.equal(killed, false);
  await prepared.settled();

  for (let step = 1; step <= calls; step++) {
    await t.test(`before call ${step}`, async () => {
      const { request, prepared } = await prepare();
      const { killed } = await run(request, step);
      assert.equal(killed, true);
      const answer = await retry(prepared);
      await prepared.settled(answer);
      await resume(world);
      await prepared.settled();
    });
  }
});
