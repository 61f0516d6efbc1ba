import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import type { Intent } from './intents.ts';
import { fromTable, ifCondition, keys, now, type Table } from './table.ts';

/** What is remembered of a request with an idempotency key: where its intent is, and how it ended. */
interface RememberedRequest<Change> {
  /** The intent's key. */
  intent?: string;
  change: Change;
  done?: true;
  /** Epoch seconds. */
  expiresAt: number;
}

/** Seconds: as long as an idempotency key. */
const keptFor = 86_400;

/** By the request's hash. */
export const createRememberedRequests = ({ client, name: TableName }: Table) => {
  const keyOf = (request: string) => keys.intent('request', request);

  return {
    async remember({ pk: intent, request, change }: Intent<unknown>): Promise<void> {
      const command = new PutCommand({
        TableName,
        Item: { ...keyOf(request), intent, change, expiresAt: now() + keptFor },
        // Whoever joins late does not forget what is done.
        ConditionExpression: 'attribute_not_exists(done) OR expiresAt < :now',
        ExpressionAttributeValues: { ':now': now() },
      });
      await ifCondition(client.send(command));
    },

    async setDone({ request, change }: Intent<unknown>): Promise<void> {
      const command = new UpdateCommand({
        TableName,
        Key: keyOf(request),
        UpdateExpression: 'SET done = :true, change = :change, expiresAt = :expires',
        ExpressionAttributeValues: { ':true': true, ':change': change, ':expires': now() + keptFor },
      });
      await fromTable(client.send(command));
    },

    async recall<Change>(request: string): Promise<RememberedRequest<Change> | undefined> {
      const command = new GetCommand({ TableName, Key: keyOf(request), ConsistentRead: true });
      const item = (await fromTable(client.send(command))).Item as RememberedRequest<Change> | undefined;
      // DynamoDB deletes late.
      return item && item.expiresAt >= now() ? item : undefined;
    },
  };
};
