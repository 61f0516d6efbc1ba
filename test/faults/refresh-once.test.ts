import { test } from 'node:test';
import { timeLimits } from '../../lib/config.ts';
import { fates } from '../support/aws-proxy.ts';
import { refresh } from './scenarios.ts';
import { countCalls, freezeClock, passTime, runWithFaults, testEachStep } from './steps.ts';
import { startWorld } from './world.ts';

// Waiting out every time-out would take minutes: here an attempt takes less.
timeLimits.awsAttempt = 1_000;
freezeClock();
const world = await startWorld({ REFRESH_RETRY_SECONDS: '0' });

test('where a refresh token is good once, an answer lost on the way to the table ends no session', (t) =>
  testEachStep(t, world, refresh, 'lost', 'first'));

for (const fate of fates) {
  test(`where it is, and a step after its use meets ${fate}, it is good again however late`, async (t) => {
    const [, ...later] = await countCalls(world, refresh);
    for (const { number, operation } of later) {
      await t.test(operation, async () => {
        const meets = (call: { number: number }) => (call.number === number ? fate : undefined);
        await runWithFaults(world, refresh, meets, async () => passTime(600_000));
      });
    }
  });
}
