import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after } from 'node:test';
import {
  CognitoIdentityClient,
  GetOpenIdTokenForDeveloperIdentityCommand,
  MergeDeveloperIdentitiesCommand,
} from '@aws-sdk/client-cognito-identity';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { type Answer, commonProblems, routes } from '../../lib/contract.ts';
import { type ProblemCode, problems } from '../../lib/problem.ts';
import { openTable } from '../../lib/table.ts';
import { addUser } from '../../lib/users.ts';
import { listen } from '../../local/listen.ts';
import {
  demoPassword,
  developerProviderName,
  region,
  staffAudience,
  tableName,
} from '../../local/settings.ts';
import { startStack } from '../../local/stack.ts';

export type Routes = typeof routes;
export type RouteName = keyof Routes;

export interface Sent {
  token?: string | undefined;
  /** The path's, encoded as a client does. */
  params?: Record<string, string>;
  query?: Record<string, string> | string;
  /** As JSON, unless it is text already. */
  body?: unknown;
  headers?: Record<string, string>;
}

interface MemberError {
  pointer?: string;
  in?: string;
  name?: string;
  detail: string;
}

export interface Refusal {
  status: number;
  headers: Headers;
  code: ProblemCode;
  requestId: string;
  /** The names of the members that are wrong, as `query maxResults` or `#/reason`. */
  wrong: string[];
  text: string;
}

type StackOptions = Parameters<typeof startStack>[0];

/** An issuer of staff tokens whose every claim is the test's to choose. */
export const startIssuer = async () => {
  const { publicKey, privateKey } = await generateKeyPair('ES256');
  const jwks = { keys: [{ ...(await exportJWK(publicKey)), kid: 'staff', alg: 'ES256', use: 'sig' }] };
  const issuer = { down: false };
  const server = await listen(
    createServer((_request, response) =>
      response
        .writeHead(issuer.down ? 503 : 200, { 'content-type': 'application/json' })
        .end(JSON.stringify(jwks)),
    ),
    0,
  );
  after(() => server.close());
  const sign = (claims: JWTPayload, key = privateKey, header = { alg: 'ES256', kid: 'staff' }) =>
    new SignJWT(claims).setProtectedHeader(header).sign(key);
  const claims = (): JWTPayload => ({
    iss: server.url,
    aud: staffAudience,
    sub: 'carol',
    exp: Math.floor(Date.now() / 1000) + 600,
    scope: 'openid identities:read identities:write identities:delete',
  });
  return Object.assign(issuer, {
    url: server.url,
    publicKey,
    claims,
    sign,
    /** A good token, but for what the test says. */
    token: (others: JWTPayload = {}) => sign({ ...claims(), ...others }),
  });
};

/** The whole stack with an issuer of the test's own, and what a test does with them. One a test file. */
export const staffStack = async (env: NodeJS.ProcessEnv = {}, options: Partial<StackOptions> = {}) => {
  const issuer = await startIssuer();
  const stack = await startStack({
    port: 0,
    cognitoPort: 0,
    dynamodbPort: 0,
    staffPort: 0,
    ...options,
    env: {
      POWERTOOLS_LOG_LEVEL: 'SILENT',
      STAFF_ISSUER: issuer.url,
      STAFF_JWKS_URL: issuer.url,
      ...env,
    },
  });
  after(() => stack.close());
  const table = openTable(tableName, region, stack.dynamodbUrl);
  const cognito = new CognitoIdentityClient({ endpoint: stack.cognito.endpoint, region });
  const staffToken = await issuer.token();

  const send = async (name: RouteName, { params = {}, query = {}, body, headers, token }: Sent) => {
    const { method, path, caller } = routes[name];
    const filled = path.replace(/\{(\w+)\}/g, (_, parameter) => encodeURIComponent(params[parameter] ?? ''));
    const search = typeof query === 'string' ? query : String(new URLSearchParams(query));
    // Staff unless the test says who.
    const bearer = token ?? (caller === 'anyone' || caller === 'user' ? undefined : staffToken);
    const response = await fetch(`${stack.apiUrl}${filled}${search && `?${search}`}`, {
      method,
      headers: {
        ...(bearer && { authorization: `Bearer ${bearer}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };

  /** The answer, which must be the contract's. */
  const ok = async <Name extends RouteName>(name: Name, sent: Sent = {}): Promise<Answer<Routes[Name]>> => {
    const { status, text } = await send(name, sent);
    const route = routes[name];
    if (!('answer' in route)) {
      assert.deepEqual([status, text], [204, ''], name);
      return undefined as Answer<Routes[Name]>;
    }
    assert.equal(status, 200, `${name}: ${text}`);
    const parsed = route.answer.safeParse(JSON.parse(text));
    assert.equal(parsed.error, undefined, `${name}: ${text}`);
    return parsed.data as Answer<Routes[Name]>;
  };

  /** A problem: the given one, which the contract must have for the route. */
  const refused = async (name: RouteName, sent: Sent, expected: ProblemCode): Promise<Refusal> => {
    const { status, headers, text } = await send(name, sent);
    assert.notEqual(text, '', `${name} answered ${status}`);
    const { code, requestId, errors = [] } = JSON.parse(text) as Refusal & { errors?: MemberError[] };
    assert.deepEqual([code, status], [expected, problems[expected].status], `${name}: ${text}`);
    assert.equal(headers.get('content-type'), 'application/problem+json');
    const declared: ProblemCode[] = [...commonProblems, ...routes[name].problems];
    assert.ok(declared.includes(code), `${name} does not declare ${code}`);
    assert.equal(headers.has('www-authenticate'), status === 401 || code === 'insufficient_scope');
    const wrong = errors.map((error) => error.pointer ?? `${error.in} ${error.name}`);
    return { status, headers, code, requestId, wrong, text };
  };

  /** Makes an identity with these identifiers, or one new identifier, past the service. */
  const newIdentity = async (...userIds: string[]) => {
    const users = userIds.length > 0 ? userIds : [`user-${crypto.randomUUID()}`];
    const [first = ''] = users;
    let identityId = '';
    for (const user of users) {
      const { IdentityId = '' } = await cognito.send(
        new GetOpenIdTokenForDeveloperIdentityCommand({
          IdentityPoolId: stack.identityPoolId,
          Logins: { [developerProviderName]: user },
        }),
      );
      identityId ||= IdentityId;
      if (user === first) continue;
      await cognito.send(
        new MergeDeveloperIdentitiesCommand({
          IdentityPoolId: stack.identityPoolId,
          DeveloperProviderName: developerProviderName,
          SourceUserIdentifier: user,
          DestinationUserIdentifier: first,
        }),
      );
    }
    return { identityId, userId: first };
  };

  /** A user of the directory who is logged in. */
  const newUser = async (extra: object = {}) => {
    const credentials = { username: `user-${crypto.randomUUID()}`, password: demoPassword };
    const { userId } = await addUser(table, credentials);
    return { credentials, userId, ...(await ok('login', { body: { ...credentials, ...extra } })) };
  };

  return { ...stack, stack, issuer, table, client: cognito, send, ok, refused, newIdentity, newUser };
};

export const newId = () => `user-${crypto.randomUUID()}`;
/** Of the form of one, and of no identity. */
export const noIdentity = 'us-east-1:00000000-0000-4000-8000-000000000000';
export const unless = <Value>(value: Value | undefined): Value => {
  assert.ok(value !== undefined);
  return value;
};
