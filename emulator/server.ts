import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { awsJson } from './aws-json.ts';
import { type Clock, createClock } from './clock.ts';
import { createFaults, type Faults } from './faults.ts';
import { handle } from './handler.ts';
import { type ProviderOptions, Providers } from './providers.ts';
import { createRequestLog, type RequestEntry } from './request-log.ts';
import { createSeal } from './seal.ts';
import { importState, type State } from './state.ts';
import { Store } from './store.ts';
import { sts } from './sts.ts';
import { Tokens } from './tokens.ts';

export type EmulatorOptions = {
  /** 0, the default, takes any free port. */
  port?: number;
  /** 127.0.0.1 by default. Any other address lets others in: nothing here checks who they are. */
  host?: string;
  /** A SQLite file that keeps everything, or ':memory:', the default. */
  data?: string;
  /** The region of a request that does not tell its own; us-east-1 by default. */
  region?: string;
  /** The account of a caller whose access key id is not an account's number; 000000000000 by default. */
  accountId?: string;
  /** Public provider name → its key set, or the URL or file of it. A provider that is not here is refused. */
  providers?: ProviderOptions;
  /** Pools and identities to begin with; of no effect on a data file that already holds a pool. */
  seed?: State;
  /** Told of every answered request. */
  onRequest?: (entry: RequestEntry) => void;
};

export type Emulator = {
  /** Where a client is pointed to, such as http://127.0.0.1:3001. */
  endpoint: string;
  /** Ends at once; calling it again does nothing. */
  close(): Promise<void>;
  clock: Clock;
  faults: Faults;
};

/**
 * Starts a Cognito Identity service on this machine.
 * Rejects when the port is taken (EADDRINUSE), the data file cannot be opened or is in use by another emulator, or
 * the seed or a provider's keys cannot be understood.
 */
export async function createEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { port = 0, host = '127.0.0.1', data = ':memory:', region = 'us-east-1' } = options;
  const providers = new Providers(options.providers ?? {});
  const store = new Store(data);
  const clock = createClock();
  const faults = createFaults([...awsJson.operations, ...sts.operations]);
  const parts = {
    store,
    clock,
    providers,
    seal: createSeal(store.secret()),
    tokens: new Tokens(store, region),
  };
  const home = { region, accountId: options.accountId ?? '000000000000' };
  const requests = createRequestLog(clock, options.onRequest ?? (() => {}));
  const running = { parts, home, faults, requests };
  const server = createServer((request, response) => {
    handle(running, request, response).catch((error) => {
      if (!response.destroyed) console.error(error);
      response.destroy();
    });
  });
  // Node's own 5 seconds would cut off a client that is about to use its connection again.
  server.keepAliveTimeout = 60_000;
  try {
    const isEmpty = store.allPools().length === 0;
    if (options.seed && isEmpty) plant(store, clock, home.accountId, options.seed);
    await listen(server, port, host);
  } catch (error) {
    store.close();
    throw error;
  }
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= stop(server).then(() => store.close());
    return closed;
  };
  return { endpoint: endpointOf(server), close, clock, faults };
}

function plant(store: Store, clock: Clock, accountId: string, seed: State): void {
  try {
    importState(store, clock, accountId, seed);
  } catch (error) {
    throw new Error(`The seed: ${error instanceof Error ? error.message : error}`, { cause: error });
  }
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Connections are cut: whatever a test left open must not hold it up. */
function stop(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function endpointOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}
