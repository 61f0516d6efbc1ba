import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { listen } from '../local/listen.ts';

type Item = Record<string, unknown> & { pk: { S: string } };
interface Request {
  RequestItems?: Record<string, { PutRequest: { Item: Item } }[] & { Keys?: { pk: { S: string } }[] }>;
  Item?: Item;
  Key?: { pk: { S: string } };
}

/**
 * Cognito Identity and DynamoDB as far as a login, a refresh and a lookup call them, with as little work as can be, and
 * an issuer of assertions. A refresh changes nothing here, so that its token is good again and again.
 */
export const startAwsStub = async () => {
  const items = new Map<string, Item>();
  const calls: string[] = [];
  const { privateKey, publicKey } = await generateKeyPair('RS256');
  const keys = { keys: [{ ...(await exportJWK(publicKey)), alg: 'RS256', kid: '1' }] };
  const sign = (claims: object) =>
    new SignJWT({ ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: '1' })
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(privateKey);
  const identity = 'us-east-1:11111111-1111-4111-8111-111111111111';
  const signedIn = { IdentityId: identity, Token: await sign({ sub: identity, aud: 'pool' }) };

  const put = (item: Item) => items.set(item.pk.S, item);
  const answers: Record<string, (request: Request) => object> = {
    GetOpenIdTokenForDeveloperIdentity: () => signedIn,
    LookupDeveloperIdentity: () => ({ IdentityId: identity, DeveloperUserIdentifierList: ['4711'] }),
    BatchWriteItem: ({ RequestItems = {} }) => {
      for (const { PutRequest } of Object.values(RequestItems).flat()) put(PutRequest.Item);
      return { UnprocessedItems: {} };
    },
    PutItem: ({ Item }) => {
      if (Item) put(Item);
      return {};
    },
    GetItem: ({ Key }) => ({ Item: items.get(Key?.pk.S ?? '') }),
    UpdateItem: ({ Key }) => ({ Attributes: items.get(Key?.pk.S ?? '') ?? {} }),
  };

  const server = await listen(
    createServer(async (request, response) => {
      const [, operation = ''] = String(request.headers['x-amz-target']).split('.');
      if (operation) calls.push(operation);
      const answer = operation ? answers[operation]?.((await json(request)) as Request) : keys;
      const body = JSON.stringify(answer ?? { __type: 'UnknownOperationException' });
      response
        .writeHead(answer ? 200 : 400, {
          'content-type': 'application/x-amz-json-1.1',
          'content-length': Buffer.byteLength(body),
        })
        .end(body);
    }),
    0,
  );
  return {
    url: server.url,
    assertion: await sign({ iss: 'bench', aud: 'bench', sub: '4711', role: 'editor' }),
    staffToken: await sign({ iss: 'bench', aud: 'bench', sub: 'staff', scope: 'identities:read' }),
    /** The operations that were called since it was asked last. */
    calls: () => calls.splice(0),
    [Symbol.asyncDispose]: () => server.close(),
  };
};

export type AwsStub = Awaited<ReturnType<typeof startAwsStub>>;
