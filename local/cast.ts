import {
  CognitoIdentityClient,
  DeleteIdentitiesCommand,
  GetIdCommand,
  GetOpenIdTokenCommand,
  ListIdentitiesCommand,
} from '@aws-sdk/client-cognito-identity';
import type { Answer, routes } from '../lib/contract.ts';
import { openTable } from '../lib/table.ts';
import { addUser } from '../lib/users.ts';
import { demoPassword, region, staffAudience, staffScopes, tableName } from './settings.ts';
import type { Stack } from './stack.ts';

/** Besides alice and bob: carol, who never signed in, and dora, whose account eve was merged into. */
const others = { carol: '4713', dora: '4714', eve: '4715' };

/** What the recorded events hold in place of what only a running stack can give. */
const recorded = {
  aliceIdentity: 'us-east-1:1b4d2f6c-8a3e-4c57-9d10-6e2f7a8b9c01',
  doraIdentity: 'us-east-1:5e0c9a34-7b1d-4f28-8c63-2d9f1e6a4b02',
  aliceToken: 'alice.payload.signature',
  guestToken: 'guest.payload.signature',
  staffToken: 'staff.payload.signature',
  readerToken: 'reader.payload.signature',
  refreshToken: 'an-example-session-id-.an-example-of-a-secret-00000000000000000000',
};

type LoggedIn = Answer<typeof routes.login>;

const post = async <Body>(url: string, body: object | URLSearchParams, headers = {}): Promise<Body> => {
  const json = body instanceof URLSearchParams ? undefined : { 'content-type': 'application/json' };
  const response = await fetch(url, {
    method: 'POST',
    headers: { ...json, ...headers },
    body: body instanceof URLSearchParams ? body : JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${url} answered ${response.status} ${await response.text()}`);
  return (await response.json()) as Body;
};

/** Adds the users that the events name, but for those that every stack has. */
export const addCast = async ({ dynamodbUrl }: Stack) => {
  const table = openTable(tableName, region, dynamodbUrl);
  for (const [username, userId] of Object.entries(others))
    await addUser(table, { username, userId, password: demoPassword });
  table.client.destroy();
};

/**
 * Signs the users in, all with new identities, and puts what they got into a recorded event's text. To be called
 * before each event: whatever the last one did to an identity is gone.
 */
export const inCast = async (stack: Stack, event: string): Promise<string> => {
  const cognito = new CognitoIdentityClient({ endpoint: stack.cognito.endpoint, region });
  await forget(cognito, stack.identityPoolId);
  const login = (username: string) =>
    post<LoggedIn>(`${stack.apiUrl}/login`, { username, password: demoPassword });
  const staffToken = async (scope: string) => {
    const form = { grant_type: 'client_credentials', aud: staffAudience, scope };
    return (await post<{ access_token: string }>(`${stack.staffUrl}/token`, new URLSearchParams(form)))
      .access_token;
  };
  const [alice, , staff, reader, guest] = await Promise.all([
    login('alice'),
    login('bob'),
    staffToken(staffScopes.join(' ')),
    staffToken('identities:read'),
    guestToken(cognito, stack.identityPoolId),
  ]);
  // Rarely needed, and the slowest of all.
  const merge = async () => {
    const [dora] = await Promise.all([login('dora'), login('eve')]);
    await post(
      `${stack.apiUrl}/merge`,
      { sourceUserIdentifier: others.eve, destinationUserIdentifier: others.dora, reason: 'The cast' },
      { authorization: `Bearer ${staff}` },
    );
    return dora.identityId;
  };
  const doraIdentity = event.includes(others.eve) ? await merge() : recorded.doraIdentity;
  cognito.destroy();
  const live: Record<keyof typeof recorded, string> = {
    aliceIdentity: alice.identityId,
    doraIdentity,
    aliceToken: alice.token,
    guestToken: guest,
    staffToken: staff,
    readerToken: reader,
    refreshToken: alice.refreshToken,
  };
  return Object.entries(recorded).reduce(
    (text, [name, example]) => text.replaceAll(example, live[name as keyof typeof live]),
    event,
  );
};

const forget = async (cognito: CognitoIdentityClient, IdentityPoolId: string) => {
  const { Identities = [] } = await cognito.send(
    new ListIdentitiesCommand({ IdentityPoolId, MaxResults: 60 }),
  );
  const ids = Identities.map(({ IdentityId = '' }) => IdentityId);
  if (ids.length > 0) await cognito.send(new DeleteIdentitiesCommand({ IdentityIdsToDelete: ids }));
};

const guestToken = async (cognito: CognitoIdentityClient, IdentityPoolId: string): Promise<string> => {
  const { IdentityId } = await cognito.send(new GetIdCommand({ IdentityPoolId }));
  const { Token = '' } = await cognito.send(new GetOpenIdTokenCommand({ IdentityId }));
  return Token;
};
