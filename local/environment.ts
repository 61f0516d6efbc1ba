import { readSignInConfig } from '../lib/config.ts';
import { auditTableName, developerProviderName, region, staffAudience, tableName } from './settings.ts';

interface Servers {
  cognitoUrl: string;
  dynamodbUrl: string;
  staffUrl: string;
  identityPoolId: string;
}

/** What the stack sets of the service's environment: the rest is the developer's. */
export const environment = ({ cognitoUrl, dynamodbUrl, staffUrl, identityPoolId }: Servers) => ({
  AWS_ENDPOINT_URL_COGNITO_IDENTITY: cognitoUrl,
  AWS_ENDPOINT_URL_DYNAMODB: dynamodbUrl,
  IDENTITY_POOL_ID: identityPoolId,
  DEVELOPER_PROVIDER_NAME: developerProviderName,
  COGNITO_JWKS_URL: `${cognitoUrl}/.well-known/jwks_uri`,
  TABLE_NAME: tableName,
  AUDIT_TABLE_NAME: auditTableName,
  STAFF_ISSUER: staffUrl,
  STAFF_AUDIENCE: staffAudience,
  STAFF_JWKS_URL: `${staffUrl}/jwks`,
  STAFF_ALGORITHMS: 'ES256',
  AUTHENTICATOR: process.env.AUTHENTICATOR || 'directory',
  // Metrics are lines for CloudWatch in the log: of no use here.
  POWERTOOLS_METRICS_DISABLED: process.env.POWERTOOLS_METRICS_DISABLED || 'true',
});

/** Before anything starts, with URLs that stand for those of the servers. @throws Error naming what is missing or wrong */
export const checkEnvironment = (env: NodeJS.ProcessEnv = {}): void => {
  const url = 'http://localhost';
  const servers = { cognitoUrl: url, dynamodbUrl: url, staffUrl: url, identityPoolId: `${region}:0` };
  readSignInConfig({ ...process.env, AWS_REGION: region, ...environment(servers), ...env });
};
