import assert from 'node:assert/strict';
import { afterEach, mock, test } from 'node:test';
import recorded from '../../events/login.json' with { type: 'json' };
import { commonProblems, maxBodyBytes, type Route, routes } from '../../lib/contract.ts';
import type { ProblemCode } from '../../lib/problem.ts';
import { backendEnv, startBackend } from '../support/backend.ts';
import { awsError, startFront } from '../support/front.ts';
import { type Good, goodRequests, invoke } from '../support/requests.ts';
import { newId, type RouteName, type Sent, staffStack } from '../support/staff.ts';

/*
 * Every problem that the contract declares of a route is produced there: one way for each problem, tried on all routes
 * that declare it. A new problem does not compile without its way, and one that no way produces any more fails here.
 */

const provider = 'accounts.example.com';
const [backend, cognito, dynamodb] = [await startBackend(), await startFront(), await startFront()];
const { stack, send, ok, refused, newIdentity, issuer } = await staffStack({
  ...backendEnv(backend),
  PRINCIPAL_TAGS: 'role',
  PUBLIC_PROVIDERS: provider,
  AWS_ENDPOINT_URL_COGNITO_IDENTITY: cognito.url,
  AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
});
cognito.target = stack.cognito.endpoint;
dynamodb.target = stack.dynamodbUrl;

const { good, newPerson } = goodRequests({ newIdentity, ok });
const wrongPassword = (sent: Sent): Sent => ({
  ...sent,
  body: JSON.stringify(sent.body).replaceAll('"right"', '"wrong"'),
});
/** Cognito answers an error, whatever it is asked. */
const fromCognito = (type: string, message?: string) => {
  cognito.take = (_operation, response) => awsError(response, type, message);
};
/** Another request of the same caller. */
const altered = async (name: RouteName, { body = {}, ...sent }: Good) => {
  const other = await good[name]();
  if ('destination' in body) return { ...other, body: { ...other.body, destination: body.destination } };
  if ('credentials' in body) return { ...other, body: { ...other.body, credentials: body.credentials } };
  return { ...sent, ...other };
};
const later: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  mock.timers.reset();
  cognito.take = undefined;
  dynamodb.take = undefined;
  Object.assign(backend, { state: 'up', role: 'editor' });
  issuer.down = false;
  for (const wait of later.splice(0)) await wait();
});

/** `invoke` knows no staff by itself. */
const asStaff = async (sent: Good) => ({ ...sent, token: sent.token ?? (await issuer.token()) });

/** Sends a request that goes on from Cognito's operation only after the test. */
const begin = async (name: RouteName, sent: Sent, operations: RegExp) => {
  const [arrived, over] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  cognito.take = async (operation) => {
    if (!operations.test(operation)) return false;
    arrived.resolve();
    await over.promise;
    return false;
  };
  const first = send(name, sent);
  await arrived.promise;
  later.push(async () => {
    over.resolve();
    await first;
  });
};

type Way = (name: RouteName, sent: Good) => Sent | Promise<Sent | ProblemCode>;

/** Makes the next request fail in a way: answers that request, or what an invocation answered. */
const ways: Record<ProblemCode, Way> = {
  staff_issuer_unavailable: (_name, sent) => {
    issuer.down = true;
    return sent;
  },
  timed_out: async (name, sent) => {
    cognito.take = () => true;
    dynamodb.take = () => true;
    backend.state = 'hung';
    return invoke(name, await asStaff(sent), 550, recorded.requestContext);
  },
  // An event of a form that nobody foresaw.
  internal_error: async (name, sent) => invoke(name, await asStaff(sent), 10_000, { requestId: 'x' }),
  invalid_request: (_name, sent) => ({ ...sent, query: 'unknown=1' }),
  invalid_json: (_name, sent) => ({ ...sent, body: '{' }),
  body_too_large: (_name, sent) => ({ ...sent, body: ' '.repeat(maxBodyBytes + 1) }),
  unsupported_media_type: (_name, sent) => ({ ...sent, headers: { 'content-type': 'text/plain' } }),
  unauthorized: (_name, sent) => ({ ...sent, token: 'a.b.c' }),
  insufficient_scope: async (_name, sent) => ({ ...sent, token: await issuer.token({ scope: 'openid' }) }),
  invalid_credentials: (_name, sent) => wrongPassword(sent),
  too_many_attempts: async (name, sent) => {
    mock.timers.enable({ apis: ['Date'], now: Date.now() });
    for (let time = 0; time < 3; time++) await refused(name, wrongPassword(sent), 'invalid_credentials');
    return sent;
  },
  invalid_guest_token: (_name, sent) => ({ ...sent, body: { ...sent.body, guestToken: 'a.b.c' } }),
  invalid_login_token: (_name, sent) => ({
    ...sent,
    body: { ...sent.body, logins: { [provider]: 'a.b.c' } },
  }),
  invalid_principal_tags: (_name, sent) => {
    backend.role = 'no\ntag';
    return sent;
  },
  invalid_refresh_token: (_name, sent) => ({ ...sent, body: { refreshToken: 'x' } }),
  backend_unavailable: (_name, sent) => {
    backend.state = 'down';
    return sent;
  },
  table_unavailable: (_name, sent) => {
    dynamodb.take = (_operation, response) => awsError(response, 'ResourceNotFoundException');
    return sent;
  },
  cognito_misconfigured: (_name, sent) => {
    fromCognito('AccessDeniedException');
    return sent;
  },
  cognito_throttled: (_name, sent) => {
    fromCognito('TooManyRequestsException');
    return sent;
  },
  cognito_unavailable: (_name, sent) => {
    fromCognito('InternalErrorException');
    return sent;
  },
  identity_not_found: (_name, sent) => {
    fromCognito('ResourceNotFoundException', "Identity 'x' not found.");
    return sent;
  },
  identity_disabled: (_name, sent) => {
    fromCognito('NotAuthorizedException', "Access to Identity 'x' is forbidden.");
    return sent;
  },
  identity_conflict: (_name, sent) => {
    fromCognito('ResourceConflictException');
    return sent;
  },
  // Of a pair: somebody else's identifier in place of one's own.
  identity_mismatch: async (_name, { body, query, ...sent }) => {
    const { identityId, userId: developerUserIdentifier } = await newPerson();
    if (body) return { ...sent, body: { ...body, developerUserIdentifier } };
    return { ...sent, query: { ...Object(query), identityId } };
  },
  last_login: async (_name, sent) => {
    const { credentials, identityId, userId } = await newPerson();
    const of = sent.body && 'credentials' in sent.body ? { credentials } : { identityId, reason: 'r' };
    return { ...sent, body: { ...of, developerUserIdentifier: userId } };
  },
  too_many_logins: async (_name, sent) => {
    const { credentials, userId } = await newPerson(...Array.from({ length: 19 }, newId));
    const isStaff = sent.body && 'reason' in sent.body;
    const source = isStaff ? { sourceUserIdentifier: userId } : { source: credentials };
    return { ...sent, body: { ...sent.body, ...source } };
  },
  provider_conflict: (_name, sent) => {
    cognito.take = (operation, response) => {
      if (operation !== 'DescribeIdentity') return false;
      response.end(JSON.stringify({ IdentityId: 'x', Logins: [provider] }));
      return true;
    };
    return sent;
  },
  idempotency_key_reused: async (name, sent) => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    await ok(name, { ...sent, headers });
    return { ...(await altered(name, sent)), headers };
  },
  idempotency_in_progress: async (name, sent) => {
    const headers = { 'idempotency-key': crypto.randomUUID() };
    await begin(name, { ...sent, headers }, /./);
    return { ...sent, headers };
  },
  // By another request for the same.
  change_in_progress: async (name, sent) => {
    await begin(name, sent, /^(Merge|Unlink|Delete)/);
    return { ...sent, headers: { 'idempotency-key': crypto.randomUUID() } };
  },
  unhealthy: (_name, sent) => {
    fromCognito('ResourceNotFoundException');
    return sent;
  },
};

/** These come first: once keys are cached their issuer may be down, and health is remembered. */
const first: ProblemCode[] = ['staff_issuer_unavailable', 'timed_out'];

for (const route of Object.values(routes) as (Route & { name: RouteName })[]) {
  const declared = new Set([...commonProblems, ...route.problems]);
  for (const code of new Set([...first.filter((each) => declared.has(each)), ...declared])) {
    test(`${route.name} answers ${code}`, async () => {
      const sent = await ways[code](route.name, await good[route.name]());
      if (typeof sent === 'string') assert.equal(sent, code);
      else await refused(route.name, sent, code);
    });
  }
}
