import { test } from 'node:test';
import { timeLimits } from '../../lib/config.ts';
import { fates } from '../support/aws-proxy.ts';
import { login, refresh } from './scenarios.ts';
import { freezeClock, testEachStep, testOutages } from './steps.ts';
import { startWorld } from './world.ts';

// Waiting out every time-out would take minutes: here an attempt takes less.
timeLimits.awsAttempt = 1_000;
freezeClock();
const world = await startWorld();

for (const [name, scenario] of Object.entries({ login, refresh })) {
  for (const fate of fates) {
    test(`${name}, ${fate} at whichever step: a problem of its own, and a retry puts it right`, (t) =>
      testEachStep(t, world, scenario, fate));
  }
  test(`${name}, nothing answers from some step on: a retry puts it right`, (t) =>
    testOutages(t, world, scenario));
  test(`${name}, the first answer of a step is lost: nobody notices`, (t) =>
    testEachStep(t, world, scenario, 'lost', 'first'));
}
