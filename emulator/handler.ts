import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { awsJson } from './aws-json.ts';
import type { Home, Parts } from './call.ts';
import { control, controlPath, maximumState } from './control.ts';
import { AwsError } from './errors.ts';
import type { Faults } from './faults.ts';
import { preflight, readBody, send, sendJson } from './http.ts';
import type { RequestLog } from './request-log.ts';
import { formType, sts } from './sts.ts';
import { issuer } from './tokens.ts';
import { turn } from './turn.ts';

/** What a running emulator answers requests with. */
export type Running = { parts: Parts; home: Home; faults: Faults; requests: RequestLog };

/** Answers one HTTP request. Rejects only for a mistake of the emulator outside any operation. */
export async function handle(
  running: Running,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
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
    const body = await readBody(request);
    await turn();
    const call = { parts, home, headers: request.headers, body, requestId };
    const { operation, run } = protocol.read(call);
    entry.operation = operation;
    if ((await faults.meet(operation)) === 'drop') {
      request.socket.destroy();
      return;
    }
    const headers = { 'x-amzn-RequestId': requestId };
    send(response, { status: 200, contentType, body: await run(), headers });
  } catch (error) {
    if (response.destroyed) return; // the client went away, or the emulator is closing
    const answered = toAwsError(error);
    entry.error = answered.type;
    const headers = errorHeaders(answered, requestId);
    const body = protocol.errorBody(answered, requestId);
    send(response, { status: answered.status, contentType, body, headers });
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
    const isFromPage = request.headers.origin !== undefined;
    if (isFromPage) throw new AwsError('AccessDeniedException', 'Not from a web page.');
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
