import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import type { JSONWebKeySet } from 'jose';
import { isRegion } from './call.ts';
import manifest from './package.json' with { type: 'json' };
import { isUrl } from './providers.ts';
import { createEmulator, type EmulatorOptions } from './server.ts';

const help = `A local Amazon Cognito Identity service.

Usage: cognito-identity-emulator [options]

  --port <number>         port to listen on, 0 for any free one (3001)
  --host <address>        address to listen on (127.0.0.1)
  --data <file>           SQLite file that keeps everything; without it, all is gone at the end
  --region <region>       region of a request that does not tell its own (us-east-1)
  --account-id <digits>   account of the pools (000000000000)
  --provider <name=keys>  public provider, and the URL or file of its JWKS; may be repeated
  --seed <file.json>      pools and identities to begin with, unless the data file has some
  --log                   print every request as a line of JSON
  --version               print the version
  --help                  print this
`;

/** A mistake of the person at the keyboard: exit code 2. */
class UsageError extends Error {}

/** A text is what to print instead of starting. */
function readOptions(args: string[]): EmulatorOptions | string {
  const { values } = parse(args);
  if (values.help) return help;
  if (values.version) return `${manifest.version}\n`;
  const { port, host, data, region, seed, provider = [] } = values;
  return {
    port: toPort(port),
    ...(host !== undefined && { host }),
    ...(data !== undefined && { data }),
    ...(region !== undefined && { region: toRegion(region) }),
    ...(values['account-id'] !== undefined && { accountId: toAccountId(values['account-id']) }),
    ...(seed !== undefined && { seed: readJson('--seed', seed) }),
    providers: Object.fromEntries(provider.map(toProvider)),
    ...(values.log && { onRequest: (entry) => console.log(JSON.stringify(entry)) }),
  };
}

function parse(args: string[]) {
  const text = { type: 'string' } as const;
  const options = {
    port: { ...text, default: '3001' },
    host: text,
    data: text,
    region: text,
    'account-id': text,
    provider: { ...text, multiple: true },
    seed: text,
    log: { type: 'boolean' },
    version: { type: 'boolean' },
    help: { type: 'boolean' },
  } as const;
  try {
    return parseArgs({ args, options });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function toPort(port: string): number {
  if (/^\d+$/.test(port) && Number(port) <= 65535) return Number(port);
  throw new UsageError(`--port ${port} is no port.`);
}

function toRegion(region: string): string {
  if (isRegion(region)) return region;
  throw new UsageError(`--region ${region} is no region, such as eu-west-1.`);
}

function toAccountId(digits: string): string {
  if (/^\d{12}$/.test(digits)) return digits;
  throw new UsageError(`--account-id ${digits} is not of 12 digits.`);
}

/** A provider's name may hold '=' nowhere, its URL may. */
function toProvider(pair: string): [string, string | JSONWebKeySet] {
  const [name = '', ...rest] = pair.split('=');
  const keys = rest.join('=');
  if (name !== '' && keys !== '') return [name, isUrl(keys) ? keys : readJson(`--provider ${name}`, keys)];
  throw new UsageError(`--provider ${pair} is not of the form name=keys.`);
}

/** Whoever started this knows options and paths: an error without them is of no help. */
function readJson(option: string, path: string) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new Error(`${option} ${path}: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  if (typeof options === 'string') {
    process.stdout.write(options);
    return;
  }
  const emulator = await createEmulator(options);
  console.log(`Cognito Identity emulator ready at ${emulator.endpoint}`);
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void emulator.close());
}

// Node calls SQLite experimental in some of the versions that this runs on. Nobody can act on that warning here.
process.removeAllListeners('warning');
process.on('warning', (warning) => {
  if (warning.name !== 'ExperimentalWarning') console.error(warning);
});

// Short-lived garbage is nearly all there is: a small nursery keeps the process under 150 MB, and is as fast.
setFlagsFromString('--semi-space-growth-factor=1');

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  if (error instanceof UsageError) console.error('Try --help.');
  process.exitCode = error instanceof UsageError ? 2 : 1;
});
