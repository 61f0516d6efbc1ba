import { CognitoIdentityClient, paginateListIdentityPools } from '@aws-sdk/client-cognito-identity';
import {
  auditTableName,
  developerProviderName,
  port,
  region,
  staffAudience,
  tableName,
  useLocalCredentials,
} from '../local/settings.ts';
import type { Stack } from './stack.ts';

/** What `npm start` runs, from the environment that it was started with. @throws Error where nothing answers */
export const localStack = async (): Promise<Stack> => {
  useLocalCredentials();
  process.env.AWS_ENDPOINT_URL_COGNITO_IDENTITY ||= local('COGNITO_PORT', 3001);
  process.env.AWS_ENDPOINT_URL_DYNAMODB ||= local('DYNAMODB_PORT', 3002);
  const staffUrl = local('STAFF_PORT', 3003);
  const env = {
    AUTHENTICATOR: 'directory',
    ...theAuthenticators(process.env),
    AWS_REGION: region,
    IDENTITY_POOL_ID: await localPool().catch(explain),
    DEVELOPER_PROVIDER_NAME: developerProviderName,
    COGNITO_JWKS_URL: `${process.env.AWS_ENDPOINT_URL_COGNITO_IDENTITY}/.well-known/jwks_uri`,
    TABLE_NAME: tableName,
    AUDIT_TABLE_NAME: auditTableName,
    STAFF_ISSUER: staffUrl,
    STAFF_AUDIENCE: staffAudience,
    STAFF_JWKS_URL: `${staffUrl}/jwks`,
    STAFF_ALGORITHMS: 'ES256',
  };
  return {
    name: 'npm start',
    stage: 'local',
    region,
    isLocal: true,
    status: 'is running',
    resources: [],
    functions: [{ name: 'npm start', id: 'npm start', env }],
    apiUrl: local('PORT', 3000),
  };
};

const local = (variable: string, otherwise: number) => `http://localhost:${port(variable, otherwise)}`;

const theAuthenticators = (env: NodeJS.ProcessEnv): Record<string, string> =>
  Object.fromEntries(
    Object.entries(env).filter(
      (entry): entry is [string, string] => /^(AUTHENTICATOR|BACKEND_|JWT_)/.test(entry[0]) && !!entry[1],
    ),
  );

const explain = (error: Error & { code?: string }): never => {
  if (error.code !== 'ECONNREFUSED') throw error;
  throw new Error(
    `Nothing answers at ${process.env.AWS_ENDPOINT_URL_COGNITO_IDENTITY}, the local Cognito. Is "npm start" running? If with another COGNITO_PORT, give it here too`,
    { cause: error },
  );
};

/** The pool that it made: looked for, never made here. */
const localPool = async (): Promise<string> => {
  const client = new CognitoIdentityClient({ region });
  for await (const { IdentityPools = [] } of paginateListIdentityPools({ client }, { MaxResults: 60 })) {
    const pool = IdentityPools.find(({ IdentityPoolName }) => IdentityPoolName === 'local');
    if (pool?.IdentityPoolId) return pool.IdentityPoolId;
  }
  throw new Error('The local Cognito has no pool of the name local. Was it "npm start" that started it?');
};
