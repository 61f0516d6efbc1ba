import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as sdk from '@aws-sdk/client-cognito-identity';
import { playScenario, start } from '../support/client-scenario.ts';
import { clientOf } from '../support/emulator.ts';

type Command = Parameters<sdk.CognitoIdentityClient['send']>[0];
type Commands = Record<string, new (input: object) => Command>;

test('AWS SDK for JavaScript v3', async (t) => {
  const started = await start(t);
  const client = clientOf(started.emulator.endpoint);
  t.after(() => client.destroy());
  const commands = sdk as unknown as Commands;
  await playScenario(started, {
    async call(operation, input) {
      const Command = commands[`${operation}Command`];
      assert.ok(Command);
      return { ...(await client.send(new Command(input))) };
    },
  });
});
