import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { awsJson } from './aws-json.ts';
import type { Home, Parts } from './call.ts';
import { type Clock, createClock } from './clock.ts';
import { control, controlPath, maximumState } from './control.ts';
import { AwsError } from './errors.ts';
import { createFaults, type Faults } from './faults.ts';
import { preflight, readBody, send, sendJson } from './http.ts';
import { type ProviderOptions, Providers } from './providers.ts';
import { createRequestLog, type RequestEntry, type RequestLog } from './request-log.ts';
import { createSeal } from './seal.ts';
import { importState, type State } from './state.ts';
import { Store } from './store.ts';
import { formType, sts } from './sts.ts';
import { issuer, Tokens } from './tokens.ts';

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
  close(): Promise<void>;
  clock: Clock;
  faults: Faults;
};

/**
 * Starts a Cognito Identity service on this machine.
 * Rejects when the port is taken (EADDRINUSE) or the data file is in use by another emulator.
 */
export async function createEmulator(options: EmulatorOptions = {}): Promise<Emulator> {
  const { port = 0, host = '127.0.0.1', data = ':memory:', region = 'us-east-1' } = options;
  const providers = new Providers(options.providers ?? {});
  const store = new Store(data);
  const clock = createClock();
  const faults = createFaults();
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
  try {
    if (options.seed && store.allPools().length === 0)
      importState(store, clock, home.accountId, options.seed);
    await listen(server, port, host);
  } catch (error) {
    store.close();
    throw error;
  }
  const close = async () => {
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    store.close();
  };
  return { endpoint: endpointOf(server), close, clock, faults };
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

function endpointOf(server: Server): string {
  const { address, family, port } = server.address() as AddressInfo;
  return `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`;
}

type Running = { parts: Parts; home: Home; faults: Faults; requests: RequestLog };

async function handle(running: Running, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const pathname = request.url?.split('?')[0] ?? '/';
  if (request.method === 'OPTIONS') return preflight(request, response);
  if (request.method === 'POST' && pathname === '/') return operate(running, request, response);
  // Keys are at `jwks_uri`, an odd name that is AWS's own [O].
  if (request.method === 'GET' && pathname === '/.well-known/jwks_uri') {
    return sendJson(response, 200, await running.parts.tokens.jwks());
  }
  if (request.method === 'GET' && pathname === '/.well-known/openid-configuration') {
    return sendJson(response, 200, discovery(`http://${request.headers.host}`));
  }
  if (pathname.startsWith(controlPath)) {
    return operateControls(running, pathname.slice(controlPath.length), request, response);
  }
  sendJson(response, 404, { message: `No ${request.method} ${pathname} here.` });
}

async function operate(running: Running, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { parts, home, faults, requests } = running;
  const protocol = request.headers['content-type']?.startsWith(formType) ? sts : awsJson;
  const { contentType } = protocol;
  const requestId = randomUUID();
  const entry = requests.begin(requestId);
  try {
    const call = { parts, home, headers: request.headers, body: await readBody(request), requestId };
    const { operation, run } = protocol.read(call);
    entry.operation = operation;
    if ((await faults.meet(operation)) === 'drop') request.socket.destroy();
    else
      send(response, {
        status: 200,
        contentType,
        body: await run(),
        headers: { 'x-amzn-RequestId': requestId },
      });
  } catch (error) {
    if (response.destroyed) return; // the client went away, or the emulator is closing
    const answered = toAwsError(error);
    entry.error = answered.type;
    const headers = errorHeaders(answered, requestId);
    send(response, {
      status: answered.status,
      contentType,
      body: protocol.errorBody(answered, requestId),
      headers,
    });
  } finally {
    requests.end(entry, response.headersSent ? response.statusCode : 0);
  }
}

function errorHeaders({ type, message }: AwsError, requestId: string): Record<string, string> {
  return {
    'x-amzn-RequestId': requestId,
    'x-amzn-ErrorType': `${type}:`,
    // A client refuses longer headers, and a text can quote a whole input [I].
    'x-amzn-ErrorMessage': message.slice(0, 1000).replace(/[^\x20-\x7e]/g, '?'),
  };
}

async function operateControls(
  { parts: { store, clock }, home: { accountId }, faults, requests }: Running,
  path: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  try {
    // A page in a browser may use the service, but not change the emulator under it.
    if (request.headers.origin !== undefined)
      throw new AwsError('AccessDeniedException', 'Not from a web page.');
    const body = (await readBody(request, maximumState)).toString();
    const controlled = { store, clock, faults, requests, accountId };
    sendJson(response, 200, control(controlled, request.method ?? '', path, body));
  } catch (error) {
    const { status, type, message } = toAwsError(error);
    sendJson(response, status, { __type: type, message });
  }
}

/** Anything but an AwsError is a mistake of the emulator: its text stays out of the answer. */
function toAwsError(error: unknown): AwsError {
  if (error instanceof AwsError) return error;
  console.error(error);
  return new AwsError('InternalErrorException', 'The emulator failed.');
}

/** The issuer is AWS's, the keys are here. */
function discovery(origin: string) {
  return {
    issuer,
    jwks_uri: `${origin}/.well-known/jwks_uri`,
    response_types_supported: ['token'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: ['RS512'],
  };
}
