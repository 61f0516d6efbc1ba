import { mkdirSync } from 'node:fs';
import { createEmulator, type Emulator, type EmulatorOptions } from '../emulator/server.ts';
import { type Route, routes } from '../lib/contract.ts';
import { openTable } from '../lib/table.ts';
import { addUser, findUser } from '../lib/users.ts';
import { watchAnnouncements } from './announcements.ts';
import { apiReference } from './api-reference.ts';
import { demoRoutes } from './demo.ts';
import { startDynamoDB } from './dynamodb.ts';
import { checkEnvironment, environment } from './environment.ts';
import { type GatewayRoute, startGateway } from './gateway.ts';
import { identityPool } from './identity-pool.ts';
import {
  demoPassword,
  demoUserIds,
  demoUsers,
  developerProviderName,
  region,
  tableName,
  useLocalCredentials,
} from './settings.ts';
import { startStaffIssuer } from './staff-issuer.ts';

interface StackOptions {
  /** Ports; 0 is any free one. */
  port: number;
  cognitoPort: number;
  dynamodbPort: number;
  staffPort: number;
  /** The folder that everything is kept in; in memory without one. */
  data?: string;
  corsOrigins?: string[];
  /** The keys of public providers, for the local Cognito to verify their tokens. */
  providers?: NonNullable<EmulatorOptions['providers']>;
  /** Told of every event that the bus would carry. */
  tell?: (event: object) => void;
  /** The service's own settings, over those of the stack. */
  env?: NodeJS.ProcessEnv;
}

export interface Stack {
  apiUrl: string;
  cognito: Emulator;
  dynamodbUrl: string;
  /** The issuer of staff tokens. */
  staffUrl: string;
  identityPoolId: string;
  close: () => Promise<void>;
}

/**
 * Starts everything in this process: Cognito Identity, DynamoDB, and the functions behind a gateway. One a process:
 * a function reads its settings from the environment, once, as it does on Lambda.
 * @throws Error for settings that are missing or wrong, before anything starts;
 * what the first server that can't start throws, EADDRINUSE for one; the others are closed again.
 */
export const startStack = async ({ data, ...options }: StackOptions): Promise<Stack> => {
  checkEnvironment(options.env);
  if (data) mkdirSync(data, { recursive: true });
  useLocalCredentials();
  await using started = new AsyncDisposableStack();

  const cognito = await createEmulator({
    port: options.cognitoPort,
    ...(data && { data: `${data}/cognito-identity.sqlite` }),
    ...(options.providers && { providers: options.providers }),
  });
  started.defer(() => cognito.close());
  const dynamodb = await startDynamoDB({
    port: options.dynamodbPort,
    data: data && `${data}/dynamodb`,
  });
  started.defer(() => dynamodb.close());
  const staff = await startStaffIssuer(options.staffPort);
  started.defer(() => staff.close());
  const identityPoolId = await identityPool(cognito.endpoint, developerProviderName);
  const urls = { cognitoUrl: cognito.endpoint, dynamodbUrl: dynamodb.url, staffUrl: staff.url };
  Object.assign(process.env, environment({ ...urls, identityPoolId }), options.env);
  await addDemoUsers(dynamodb.url);
  const demo = demoRoutes({
    identityPoolId,
    cognitoEndpoint: cognito.endpoint.replace('127.0.0.1', 'localhost'),
    ...(process.env.AUTHENTICATOR === 'directory'
      ? { users: demoUsers, password: demoPassword }
      : { users: [], password: '' }),
  });
  const gateway = await startGateway({
    port: options.port,
    routes: [...(await Promise.all(Object.values(routes).map(withHandler))), apiReference(), ...demo],
    corsOrigins: options.corsOrigins ?? ['*'],
    log: console.error,
  });
  started.defer(() => gateway.close());

  const { tell } = options;
  if (tell) started.defer(await watchAnnouncements(dynamodb.url, tell));
  const running = started.move();
  return {
    apiUrl: gateway.url,
    cognito,
    dynamodbUrl: dynamodb.url,
    staffUrl: staff.url,
    identityPoolId,
    close: () => running.disposeAsync(),
  };
};

const addDemoUsers = async (dynamodbUrl: string) => {
  const table = openTable(tableName, region, dynamodbUrl);
  for (const [username, userId] of Object.entries(demoUserIds)) {
    if (!(await findUser(table, username)))
      await addUser(table, { username, password: demoPassword, userId });
  }
  table.client.destroy();
};

/** A route's function is the file of its name. */
const withHandler = async ({ name, method, path }: Route): Promise<GatewayRoute> => {
  const { handler } = await import(`../functions/${name}.ts`);
  return { name, method, path, handler };
};
