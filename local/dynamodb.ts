import { CreateTableCommand, DynamoDBClient, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { tableShape } from '../lib/table.ts';
import { listen, type Server } from './listen.ts';
import { region } from './settings.ts';

interface DynamoDBOptions {
  port: number;
  /** A folder, or undefined: kept in memory. */
  data: string | undefined;
  tableName: string;
}

/** DynamoDB on this machine with the service's table in it. It ignores TTL: nothing dies by itself. */
export const startDynamoDB = async ({ port, data, tableName }: DynamoDBOptions): Promise<Server> => {
  const server = await listen(dynalite({ ...(data && { path: data }), createTableMs: 0 }), port);
  const client = new DynamoDBClient({ endpoint: server.url, region });
  await client.send(new CreateTableCommand({ TableName: tableName, ...tableShape })).catch((error) => {
    if (!(error instanceof ResourceInUseException)) throw error;
  });
  client.destroy();
  return server;
};
