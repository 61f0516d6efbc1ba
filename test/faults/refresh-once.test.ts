import { test } from 'node:test';
import { refresh } from './scenarios.ts';
import { freezeClock, testEachStep } from './steps.ts';
import { startWorld } from './world.ts';

freezeClock();
const world = await startWorld({ REFRESH_RETRY_SECONDS: '0' });

test('where a refresh token is good once, an answer lost on the way to the table ends no session', (t) =>
  testEachStep(t, world, refresh, 'lost', 'first'));
