import { CreateTableCommand, DynamoDBClient, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import dynalite from 'dynalite';
import { auditTableShape, tableShape } from '../lib/table.ts';
import { listen, type Server } from './listen.ts';
import { auditTableName, region, tableName } from './settings.ts';

interface DynamoDBOptions {
  port: number;
  /** A folder, or undefined: kept in memory. */
  data: string | undefined;
}

/** DynamoDB on this machine with the service's tables in it. It ignores TTL: nothing dies by itself. */
export const startDynamoDB = async ({ port, data }: DynamoDBOptions): Promise<Server> => {
  const server = await listen(dynalite({ ...(data && { path: data }), createTableMs: 0 }), port);
  const client = new DynamoDBClient({ endpoint: server.url, region });
  // It has no streams.
  const { StreamSpecification: _, ...auditShape } = auditTableShape;
  const tables = [
    { TableName: tableName, ...tableShape },
    { TableName: auditTableName, ...auditShape },
  ];
  for (const table of tables) {
    await client.send(new CreateTableCommand(table)).catch((error) => {
      if (!(error instanceof ResourceInUseException)) throw error;
    });
  }
  client.destroy();
  return server;
};
