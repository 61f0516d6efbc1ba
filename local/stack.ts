import { mkdirSync } from 'node:fs';
import { createEmulator, type Emulator } from '../emulator/server.ts';
import { routes } from '../lib/contract.ts';
import { openTable } from '../lib/table.ts';
import { addUser, findUser } from '../lib/users.ts';
import { startDynamoDB } from './dynamodb.ts';
import { type GatewayRoute, startGateway } from './gateway.ts';
import { identityPool } from './identity-pool.ts';
import {
  demoPassword,
  demoUsers,
  developerProviderName,
  region,
  tableName,
  useLocalCredentials,
} from './settings.ts';

interface StackOptions {
  /** Ports; 0 is any free one. */
  port: number;
  cognitoPort: number;
  dynamodbPort: number;
  /** The folder that everything is kept in; in memory without one. */
  data?: string;
  corsOrigins?: string[];
  /** The service's own settings, over those of the stack. */
  env?: NodeJS.ProcessEnv;
}

export interface Stack {
  apiUrl: string;
  cognito: Emulator;
  dynamodbUrl: string;
  identityPoolId: string;
  close: () => Promise<void>;
}

/**
 * Starts everything in this process: Cognito Identity, DynamoDB, and the functions behind a gateway. One a process:
 * a function reads its settings from the environment, once, as it does on Lambda.
 * @throws what the first server that can't start throws, EADDRINUSE for one; the others are closed again.
 */
export const startStack = async ({ data, ...options }: StackOptions): Promise<Stack> => {
  if (data) mkdirSync(data, { recursive: true });
  useLocalCredentials();
  await using started = new AsyncDisposableStack();

  const cognito = await createEmulator({
    port: options.cognitoPort,
    ...(data && { data: `${data}/cognito-identity.sqlite` }),
  });
  started.defer(() => cognito.close());
  const dynamodb = await startDynamoDB({
    port: options.dynamodbPort,
    data: data && `${data}/dynamodb`,
    tableName,
  });
  started.defer(() => dynamodb.close());
  const identityPoolId = await identityPool(cognito.endpoint, developerProviderName);
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_COGNITO_IDENTITY: cognito.endpoint,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    IDENTITY_POOL_ID: identityPoolId,
    DEVELOPER_PROVIDER_NAME: developerProviderName,
    TABLE_NAME: tableName,
    AUTHENTICATOR: process.env.AUTHENTICATOR || 'directory',
    // Metrics are lines for CloudWatch in the log: of no use here.
    POWERTOOLS_METRICS_DISABLED: process.env.POWERTOOLS_METRICS_DISABLED || 'true',
    ...options.env,
  });
  await addDemoUsers(dynamodb.url);
  const gateway = await startGateway({
    port: options.port,
    routes: await Promise.all(Object.values(routes).map(withHandler)),
    corsOrigins: options.corsOrigins ?? ['*'],
    log: console.error,
  });
  started.defer(() => gateway.close());

  const running = started.move();
  return {
    apiUrl: gateway.url,
    cognito,
    dynamodbUrl: dynamodb.url,
    identityPoolId,
    close: () => running.disposeAsync(),
  };
};

const addDemoUsers = async (dynamodbUrl: string) => {
  const table = openTable(tableName, region, dynamodbUrl);
  for (const username of demoUsers) {
    if (!(await findUser(table, username))) await addUser(table, { username, password: demoPassword });
  }
  table.client.destroy();
};

/** A route's function is the file of its name. */
const withHandler = async ({ name, method, path }: Omit<GatewayRoute, 'handler'>): Promise<GatewayRoute> => {
  const { handler } = await import(`../functions/${name}.ts`);
  return { name, method, path, handler };
};
