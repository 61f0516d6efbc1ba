import {
  type CreateTableCommandInput,
  DynamoDBClient,
  type DynamoDBServiceException,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { clientOptions } from './aws.ts';
import { Problem } from './problem.ts';

/** The service's one table. Every item has `pk`; one that dies has `expiresAt` in epoch seconds. */
export const tableShape = {
  AttributeDefinitions: [{ AttributeName: 'pk', AttributeType: 'S' }],
  KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
  BillingMode: 'PAY_PER_REQUEST',
} satisfies Omit<CreateTableCommandInput, 'TableName'>;

/** The keys of every kind of item, in one place so that no two kinds meet. */
export const keys = {
  user: (username: string) => ({ pk: `user#${username}` }),
};

export interface Table {
  name: string;
  client: DynamoDBDocumentClient;
}

export const openTable = (name: string, region: string, endpoint?: string): Table => ({
  name,
  client: DynamoDBDocumentClient.from(new DynamoDBClient(clientOptions(region, endpoint)), {
    marshallOptions: { removeUndefinedValues: true },
  }),
});

/**
 * Awaits a DynamoDB call.
 * @throws Problem `table_unavailable`, or `timed_out` when the request's signal ended it. A failed condition is
 * the caller's to decide and passes as it is.
 */
export const fromTable = async <Output>(call: Promise<Output>): Promise<Output> => {
  try {
    return await call;
  } catch (cause) {
    const { name } = cause as DynamoDBServiceException;
    if (name === 'ConditionalCheckFailedException') throw cause;
    throw new Problem(name === 'AbortError' ? 'timed_out' : 'table_unavailable', { cause });
  }
};
