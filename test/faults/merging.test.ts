import { test } from 'node:test';
import { timeLimits } from '../../lib/config.ts';
import { merge, mergeAccounts } from './scenarios.ts';
import { freezeClock, resumed, testEachOperation, testEachStep, testOutages } from './steps.ts';
import { startWorld } from './world.ts';

// Waiting out every time-out would take minutes: here an attempt takes less.
timeLimits.awsAttempt = 1_000;
freezeClock();
const world = await startWorld();

test('a step fails: a problem of its own, and a retry puts it right', (t) =>
  testEachStep(t, world, merge, 'error'));

test('all answers of a step are lost: the same', (t) => testEachStep(t, world, merge, 'lost'));

test('the first answer of a step is lost: nobody notices', (t) =>
  testEachStep(t, world, merge, 'lost', 'first'));

test('all fails from a step on: a retry puts it right', (t) => testOutages(t, world, merge));

test('all fails from a step on: it is resumed, once, and a retry is told so', (t) =>
  testOutages(t, world, merge, resumed(world)));

for (const fate of ['throttle', 'cut', 'silent'] as const) {
  test(`${fate} at whichever operation: a problem of its own, and a retry puts it right`, (t) =>
    testEachOperation(t, world, merge, fate));
}

test("by the user, all answers of a step are lost: a problem of the route's, and a retry puts it right", (t) =>
  testEachStep(t, world, mergeAccounts, 'lost'));

test('by the user, all fails from a step on: a retry puts it right', (t) =>
  testOutages(t, world, mergeAccounts));
