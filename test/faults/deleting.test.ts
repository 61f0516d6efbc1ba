import { test } from 'node:test';
import { timeLimits } from '../../lib/config.ts';
import { deletion } from './scenarios.ts';
import { freezeClock, resumed, testEachStep, testOutages } from './steps.ts';
import { startWorld } from './world.ts';

// Waiting out every time-out would take minutes: here an attempt takes less.
timeLimits.awsAttempt = 1_000;
freezeClock();
const world = await startWorld();

test('a step fails: a problem of its own, and a retry puts it right', (t) =>
  testEachStep(t, world, deletion, 'error'));

test('all answers of a step are lost: the same', (t) => testEachStep(t, world, deletion, 'lost'));

test('the first answer of a step is lost: nobody notices', (t) =>
  testEachStep(t, world, deletion, 'lost', 'first'));

test('all fails from a step on: a retry puts it right', (t) => testOutages(t, world, deletion));

test('all fails from a step on: it is resumed, once, and a retry is told so', (t) =>
  testOutages(t, world, deletion, resumed(world)));
