import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { addCast, inCast } from './cast.ts';
import { type Stack, startStack } from './stack.ts';

const at = (path: string) => fileURLToPath(new URL(`../${path}`, import.meta.url));
const namesIn = (folder: string, extension: string) =>
  readdirSync(at(folder)).map((file) => basename(file, extension));

const functions = namesIn('functions', '.ts');

/** The recorded events of every function: `login-guest` is one of login's, `merge-accounts` is none of merge's. */
export const events: Map<string, string[]> = Map.groupBy(namesIn('events', '.json').sort(), (event) => {
  const owners = functions.filter((name) => event === name || event.startsWith(`${name}-`));
  return owners.toSorted((one, other) => other.length - one.length)[0] ?? '';
});

const usage = `Runs one function with an event, in a stack of its own that is gone afterwards.

  npm run invoke -- <function> [event file]

Without a file it is events/<function>.json. Identities, tokens and the refresh token of a recorded event are those of
examples: a fresh one takes the place of each. There are

${[...events].map(([name, all]) => `  ${name.padEnd(18)}${all.map((event) => `events/${event}.json`).join('\n'.padEnd(21))}`).join('\n')}`;

const seeHelp = 'see npm run invoke -- --help';

/** What Lambda gives a function besides the event, as far as it means something here. */
const context = { functionName: 'invoke', awsRequestId: 'invoke', getRemainingTimeInMillis: () => 15_000 };

/** A function's answer to an event's text. @throws what the function throws */
export const invoke = async (stack: Stack, name: string, event: string): Promise<unknown> => {
  const { handler } = await import(`../functions/${name}.ts`);
  return handler(JSON.parse(await inCast(stack, event)), context);
};

/** Any free ones. */
const ports = { port: 0, cognitoPort: 0, dynamodbPort: 0, staffPort: 0 };

/** A body in JSON is easier to read as such. */
const show = (answer: unknown) => {
  const { body, ...rest } = answer as APIGatewayProxyStructuredResultV2;
  console.log(JSON.stringify(body ? { ...rest, body: JSON.parse(body) } : answer, null, 2));
};

const run = async (args: string[]) => {
  const { positionals, values } = parseArgs({
    args,
    allowPositionals: true,
    options: { help: { type: 'boolean' } },
  });
  const [name = '', file = at(join('events', `${name}.json`))] = positionals;
  if (values.help || !name) return console.log(usage);
  if (!functions.includes(name)) throw new Error(`There is no function ${name}: ${seeHelp}`);
  if (!existsSync(file)) throw new Error(`There is no file ${file}: ${seeHelp}`);
  const stack = await startStack({ ...ports, env: { AUTHENTICATOR: 'directory' } });
  try {
    await addCast(stack);
    show(await invoke(stack, name, readFileSync(file, 'utf8')));
  } finally {
    await stack.close();
  }
};

if (import.meta.main) {
  try {
    await run(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
