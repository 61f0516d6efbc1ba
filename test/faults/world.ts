import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after } from 'node:test';
import {
  CognitoIdentityClient,
  MergeDeveloperIdentitiesCommand,
  UnlinkDeveloperIdentityCommand,
} from '@aws-sdk/client-cognito-identity';
import { PutCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import type { Context } from 'aws-lambda';
import type { AuditItem } from '../../lib/audit.ts';
import { hashPassword } from '../../lib/password.ts';
import { groups, keys, openTable } from '../../lib/table.ts';
import { auditTableName, developerProviderName, region, tableName } from '../../local/settings.ts';
import { awsProxy } from '../support/aws-proxy.ts';
import { testStack } from '../support/stack.ts';

export interface Answer {
  status: number;
  body: Record<string, string>;
}

export interface TestUser {
  credentials: { username: string; password: string };
  userId: string;
}

export interface SignedInUser extends TestUser {
  identityId: string;
  refreshToken: string;
}

const password = 'correct horse battery staple';

/** The whole stack behind a proxy that makes its faults, and what a test needs to look behind the API. */
export const startWorld = async (env: NodeJS.ProcessEnv = {}) => {
  const proxy = await awsProxy();
  after(() => proxy.close());
  const stack = await testStack({ ...env, ...proxy.env });
  proxy.before({ dynamodb: stack.dynamodbUrl, cognito: stack.cognito.endpoint });
  const { client } = openTable(tableName, region, stack.dynamodbUrl);
  const cognito = new CognitoIdentityClient({ endpoint: stack.cognito.endpoint, region });
  after(() => {
    client.destroy();
    cognito.destroy();
  });
  // As all functions it reads its settings once: when the stack has made them.
  const { handler: resume } = await import('../../functions/resume.ts');
  const passwordHash = await hashPassword(password);
  const staffToken = await tokenOfStaff(stack.staffUrl);

  const call = async (
    method: string,
    path: string,
    body?: object,
    headers: Record<string, string> = {},
  ): Promise<Answer> => {
    const response = await fetch(`${stack.apiUrl}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${staffToken}`,
        ...(body && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body && { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text ? JSON.parse(text) : {} };
  };
  const scan = async <Item>(TableName: string) =>
    ((await client.send(new ScanCommand({ TableName }))).Items ?? []) as Item[];

  return {
    stack,
    proxy,
    staffToken,
    call,
    resume: () => resume({}, { getRemainingTimeInMillis: () => 15_000 } as Context),
    refresh: (refreshToken: string) => call('POST', '/refresh', { refreshToken }),

    /** A new user of the directory. All have one hash: to make one takes long. */
    async user(): Promise<TestUser> {
      const username = `user-${randomUUID()}`;
      const userId = randomUUID();
      const item = { username, userId, passwordHash, disabled: false, attributes: {} };
      const createdAt = new Date().toISOString();
      await client.send(
        new PutCommand({ TableName: tableName, Item: { ...keys.user(username), ...item, createdAt } }),
      );
      return { credentials: { username, password }, userId };
    },

    async logIn(user: TestUser): Promise<SignedInUser> {
      const { status, body } = await call('POST', '/login', user.credentials);
      assert.equal(status, 200, JSON.stringify(body));
      return { ...user, identityId: body.identityId ?? '', refreshToken: body.refreshToken ?? '' };
    },

    /** Behind the service's back. */
    async link(source: Pick<TestUser, 'userId'>, destination: Pick<TestUser, 'userId'>): Promise<void> {
      await cognito.send(
        new MergeDeveloperIdentitiesCommand({
          IdentityPoolId: stack.identityPoolId,
          DeveloperProviderName: developerProviderName,
          SourceUserIdentifier: source.userId,
          DestinationUserIdentifier: destination.userId,
        }),
      );
    },

    /** Behind the service's back. */
    async unlink(identityId: string, userId: string): Promise<void> {
      await cognito.send(
        new UnlinkDeveloperIdentityCommand({
          IdentityPoolId: stack.identityPoolId,
          DeveloperProviderName: developerProviderName,
          IdentityId: identityId,
          DeveloperUserIdentifier: userId,
        }),
      );
    },

    /** Writes an item into the service's table. */
    put: (Item: object) => client.send(new PutCommand({ TableName: tableName, Item })),

    identityOf: async ({ userId }: TestUser): Promise<string | undefined> =>
      (await call('GET', `/lookup?developerUserIdentifier=${userId}`)).body.identityId,
    loginsOf: async (identityId: string): Promise<string[]> =>
      ((await call('GET', `/lookup?identityId=${identityId}`)).body.developerUserIdentifiers ??
        []) as string[],
    sessionsOf: async ({ userId }: TestUser) =>
      (await scan<{ group?: string }>(tableName)).filter(({ group }) => group === groups.sessionsOf(userId)),
    openIntents: async <Intent extends object>() =>
      (await scan<Intent & { group?: string }>(tableName)).filter(({ group }) => group === groups.intents),
    auditOf: async (identityId: string) =>
      (await scan<AuditItem>(auditTableName)).filter((entry) => entry.identityId === identityId),
  };
};

export type World = Awaited<ReturnType<typeof startWorld>>;

/** One with every scope. */
export const tokenOfStaff = async (staffUrl: string): Promise<string> => {
  const response = await fetch(`${staffUrl}/token`, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials',
  });
  return ((await response.json()) as { access_token: string }).access_token;
};
