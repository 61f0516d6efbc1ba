import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2, Context } from 'aws-lambda';
import recorded from '../../events/login.json' with { type: 'json' };
import type { ProblemCode } from '../../lib/problem.ts';
import { newId, type RouteName, type Sent, type staffStack } from './staff.ts';

export type Good = Sent & { body?: object };
type Stack = Pick<Awaited<ReturnType<typeof staffStack>>, 'newIdentity' | 'ok'>;

const reason = 'r';

/** For each route a request that succeeds, with the backend's users. */
export const goodRequests = ({ newIdentity, ok }: Stack) => {
  const newPerson = async (...others: string[]) => {
    const { identityId, userId } = await newIdentity(newId(), ...others);
    return { identityId, userId, credentials: { username: userId, password: 'right' } };
  };
  const login = async () => ok('login', { body: (await newPerson()).credentials });

  /** A request that succeeds. */
  const good: Record<RouteName, () => Promise<Good>> = {
    login: async () => ({ body: (await newPerson()).credentials }),
    refresh: async () => ({ body: { refreshToken: (await login()).refreshToken } }),
    logout: async () => ({ body: { refreshToken: (await login()).refreshToken } }),
    account: async () => ({ token: (await login()).token }),
    'merge-accounts': async () => ({
      body: { source: (await newPerson()).credentials, destination: (await newPerson()).credentials },
    }),
    'unlink-account': async () => {
      const { credentials, userId } = await newPerson(newId());
      return { body: { credentials, developerUserIdentifier: userId } };
    },
    lookup: async () => ({ query: { developerUserIdentifier: (await newPerson()).userId } }),
    merge: async () => ({
      body: {
        sourceUserIdentifier: (await newPerson()).userId,
        destinationUserIdentifier: (await newPerson()).userId,
        reason,
      },
    }),
    unlink: async () => {
      const { identityId, userId } = await newPerson(newId());
      return { body: { identityId, developerUserIdentifier: userId, reason } };
    },
    'list-identities': async () => ({}),
    'describe-identity': async () => ({ params: { identityId: (await newPerson()).identityId } }),
    'delete-identity': async () => ({
      params: { identityId: (await newPerson()).identityId },
      body: { reason },
    }),
    'end-sessions': async () => ({
      params: { developerUserIdentifier: (await newPerson()).userId },
      body: { reason },
    }),
    audit: async () => ({ params: { identityId: (await newPerson()).identityId } }),
    health: async () => ({}),
  };

  return { good, newPerson };
};

/** Runs the function itself, as Lambda would, with so many milliseconds left. */
export const invoke = async (name: RouteName, sent: Sent, remaining: number, requestContext: object) => {
  const { handler } = await import(`../../functions/${name}.ts`);
  const event = {
    ...recorded,
    rawQueryString: String(new URLSearchParams(sent.query)),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${sent.token}` },
    pathParameters: sent.params,
    body: sent.body && JSON.stringify(sent.body),
    requestContext,
  };
  const context = { functionName: name, getRemainingTimeInMillis: () => remaining } as Context;
  const answer: APIGatewayProxyStructuredResultV2 = await handler(
    event as unknown as APIGatewayProxyEventV2,
    context,
  );
  return JSON.parse(answer.body ?? '').code as ProblemCode;
};
