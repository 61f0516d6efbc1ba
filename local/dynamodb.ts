import type { Server as HttpServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
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
  const http = dynalite({ ...(data && { path: data }), createTableMs: 0 });
  const answered = answersOf(http);
  const server = await listen(http, port);
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
  const close = async () => {
    await answered();
    await server.close();
  };
  return { ...server, close };
};

/** How long requests are waited for, in milliseconds. */
const patience = 1_000;

/**
 * A wait for the requests under way. dynalite goes on with one whose client has left, and throws past everybody when
 * its database is closed meanwhile; or at once, when that client left in the middle of sending it.
 */
const answersOf = (server: HttpServer) => {
  let underWay = 0;
  server.prependListener('request', (request, response) => {
    request.once('end', () => {
      underWay += 1;
      const end = response.end.bind(response);
      response.end = ((...values: []) => {
        underWay -= 1;
        return end(...values);
      }) as typeof end;
    });
  });
  // After dynalite's own listener.
  server.on('request', (request) => request.removeAllListeners('error').on('error', () => {}));
  return async () => {
    const deadline = performance.now() + patience;
    while (underWay > 0 && performance.now() < deadline) await setTimeout(10);
  };
};
