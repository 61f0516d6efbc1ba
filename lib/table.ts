import { createHash } from 'node:crypto';
import {
  type CreateTableCommandInput,
  DynamoDBClient,
  type DynamoDBServiceException,
} from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { clientOptions } from './aws.ts';
import type { Config } from './config.ts';
import { Problem } from './problem.ts';

/**
 * The service's table. Every item has `pk`; one that dies has `expiresAt` in epoch seconds; one that is to be found
 * with others of its kind has `group`.
 */
export const tableShape = {
  AttributeDefinitions: [
    { AttributeName: 'pk', AttributeType: 'S' },
    { AttributeName: 'group', AttributeType: 'S' },
  ],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  GlobalSecondaryIndexes: [
    {
      IndexName: 'byGroup',
      KeySchema: [
        { AttributeName: 'group', KeyType: 'HASH' },
        { AttributeName: 'pk', KeyType: 'RANGE' },
      ],
      Projection: { ProjectionType: 'KEYS_ONLY' },
    },
  ],
  BillingMode: 'PAY_PER_REQUEST',
} satisfies Omit<CreateTableCommandInput, 'TableName'>;

/** The audit's table: what happened to an identity, in the order of time. Functions have no right but to put entries, and the code replaces none that is done. */
export const auditTableShape = {
  AttributeDefinitions: [
    { AttributeName: 'identityId', AttributeType: 'S' },
    { AttributeName: 'at', AttributeType: 'S' },
  ],
  KeySchema: [
    { AttributeName: 'identityId', KeyType: 'HASH' },
    { AttributeName: 'at', KeyType: 'RANGE' },
  ],
  BillingMode: 'PAY_PER_REQUEST',
  StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' },
} satisfies Omit<CreateTableCommandInput, 'TableName'>;

/** The keys of every kind of item, in one place so that no two kinds meet. */
export const keys = {
  user: (username: string) => ({ pk: `user#${username}` }),
  session: (id: string) => ({ pk: `session#${id}` }),
  attempts: (kind: string, hash: string) => ({ pk: `attempts#${kind}#${hash}` }),
  intent: (kind: string, hash: string) => ({ pk: `intent#${kind}#${hash}` }),
};

/** What `group` says. */
export const groups = {
  // Hashed: a key of an index has 2,048 bytes, and a user id may have more.
  sessionsOf: (userId: string) => `sessions#${createHash('sha256').update(userId).digest('base64url')}`,
  intents: 'intents',
};

export interface Key {
  pk: string;
}

export interface Item extends Key {
  expiresAt?: number;
}

export interface Table {
  name: string;
  client: DynamoDBDocumentClient;
}

const tableOf = (name: string, client: DynamoDBClient): Table => ({
  name,
  client: DynamoDBDocumentClient.from(client, {
    // The second for a map with a member `constructor`, which would be taken for an instance of a class.
    marshallOptions: { removeUndefinedValues: true, convertClassInstanceToMap: true },
  }),
});

export const openTable = (name: string, region: string, endpoint?: string): Table =>
  tableOf(name, new DynamoDBClient(clientOptions(region, endpoint)));

const clients = new WeakMap<Config, DynamoDBClient>();

/** The function's one client, with its connections: a function reads its configuration once. */
export const dynamodb = (config: Config): DynamoDBClient => {
  const { AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB } = config;
  const client =
    clients.get(config) ?? new DynamoDBClient(clientOptions(AWS_REGION, AWS_ENDPOINT_URL_DYNAMODB));
  clients.set(config, client);
  return client;
};

/** The configured tables. */
export const serviceTable = (config: Config): Table => tableOf(config.TABLE_NAME, dynamodb(config));
export const auditTable = (config: Config): Table => tableOf(config.AUDIT_TABLE_NAME, dynamodb(config));

/**
 * Awaits a DynamoDB call.
 * @throws Problem `table_unavailable`, or `timed_out` when the request's signal ended it.
 */
export const fromTable = async <Output>(call: Promise<Output>): Promise<Output> => {
  try {
    return await call;
  } catch (cause) {
    const { name } = cause as DynamoDBServiceException;
    throw new Problem(name === 'AbortError' ? 'timed_out' : 'table_unavailable', { cause });
  }
};

/**
 * Awaits a conditional write: its output, or undefined when the condition did not hold.
 * @throws as `fromTable`
 */
export const ifCondition = <Output>(write: Promise<Output>): Promise<Output | undefined> =>
  fromTable(
    write.catch((error: DynamoDBServiceException) => {
      if (error.name === 'ConditionalCheckFailedException') return undefined;
      throw error;
    }),
  );

/** Writes items whose keys are new, or whose old content does not matter, in one request. @throws as `fromTable` */
export const putAll = async (
  { client, name }: Table,
  items: Item[],
  abortSignal: AbortSignal,
): Promise<void> => {
  if (items.length === 0) return;
  const command = new BatchWriteCommand({
    RequestItems: { [name]: items.map((Item) => ({ PutRequest: { Item } })) },
  });
  const { UnprocessedItems = {} } = await fromTable(client.send(command, { abortSignal }));
  // DynamoDB does part of a batch when it is throttled.
  if (Object.keys(UnprocessedItems).length > 0) throw new Problem('table_unavailable');
};

/** Epoch seconds. */
export const now = () => Math.floor(Date.now() / 1000);
