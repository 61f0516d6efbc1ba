import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ErrorType } from '../../emulator/errors.ts';
import model from '../../emulator/model.json' with { type: 'json' };
import { deletion, login, merge, refresh, unlink } from './scenarios.ts';
import { assertDeclared, countCalls, freezeClock, resetClock, retry } from './steps.ts';
import { startWorld } from './world.ts';

freezeClock();
/** Milliseconds, for all of a route's together. */
const patient = { timeout: 300_000 };
const world = await startWorld();
const { faults } = world.stack.cognito;

const errorsOf = (operation: string): ErrorType[] => {
  const operations: Record<string, { errors?: string[] }> = model.operations;
  // A faulty set-up besides what the operation declares.
  return [...(operations[operation]?.errors ?? []), 'AccessDeniedException'] as ErrorType[];
};

/** Nothing in a refresh's call could conflict; an identity that a lookup does not know is a guest's, and erased. */
const isNoError = (name: string, operation: string, error: ErrorType) =>
  (name === 'refresh' &&
    ['ResourceConflictException', 'DeveloperUserAlreadyRegisteredException'].includes(error)) ||
  (name === 'deletion' && operation === 'LookupDeveloperIdentity' && error === 'ResourceNotFoundException');

for (const [name, scenario] of Object.entries({ login, refresh, merge, unlink, deletion })) {
  test(
    `${name}: every error of every operation of Cognito is one of the route's problems`,
    patient,
    async (t) => {
      const calls = await countCalls(world, scenario);
      const operations = new Set(
        calls.filter(({ service }) => service === 'cognito').map((call) => call.operation),
      );
      for (const operation of operations) {
        for (const error of errorsOf(operation).filter((each) => !isNoError(name, operation, each))) {
          await t.test(`${operation}: ${error}`, async () => {
            resetClock();
            const prepared = await scenario.prepare(world);
            faults.add({ operation, error });
            const answer = await prepared.send();
            faults.clear();
            assertDeclared(scenario.route, answer);
            assert.ok(answer.status >= 400);
            const retried = await retry(prepared);
            assert.ok(retried.status < 300, JSON.stringify(retried));
            // What Cognito refused is in the audit too.
            if (answer.status >= 500) await prepared.settled(retried);
            assert.deepEqual(await world.openIntents(), []);
          });
        }
      }
    },
  );
}
