import { randomBytes } from 'node:crypto';
import { Logger } from '@aws-lambda-powertools/logger';
import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import { Metrics, MetricUnit } from '@aws-lambda-powertools/metrics';
import { logMetrics } from '@aws-lambda-powertools/metrics/middleware';
import { Tracer } from '@aws-lambda-powertools/tracer';
import { captureLambdaHandler } from '@aws-lambda-powertools/tracer/middleware';
import {
  CognitoIdentityClient,
  GetOpenIdTokenForDeveloperIdentityCommand,
} from '@aws-sdk/client-cognito-identity';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb';
import middy from '@middy/core';
import httpErrorHandler from '@middy/http-error-handler';
import httpJsonBodyParser from '@middy/http-json-body-parser';
import { createRemoteJWKSet, jwtVerify } from 'jose';
import { z } from 'zod';

/** A login as one writes it today, from the tools that everybody takes. It does what ours does, and checks less. */
const env = z
  .object({
    IDENTITY_POOL_ID: z.string(),
    DEVELOPER_PROVIDER_NAME: z.string(),
    TABLE_NAME: z.string(),
    JWT_ISSUER: z.string(),
    JWT_AUDIENCE: z.string(),
    JWT_JWKS_URL: z.string().url(),
  })
  .parse(process.env);
const Body = z
  .object({ assertion: z.string().min(1), durationSeconds: z.number().int().min(60).default(900) })
  .strict();

const logger = new Logger({ serviceName: 'login' });
const metrics = new Metrics({ namespace: 'Login', serviceName: 'login' });
const tracer = new Tracer({ serviceName: 'login' });
const cognito = tracer.captureAWSv3Client(new CognitoIdentityClient());
const dynamodb = DynamoDBDocumentClient.from(tracer.captureAWSv3Client(new DynamoDBClient()));
const keys = createRemoteJWKSet(new URL(env.JWT_JWKS_URL));

const login = async (event) => {
  const { assertion, durationSeconds } = Body.parse(event.body);
  const { payload } = await jwtVerify(assertion, keys, {
    issuer: env.JWT_ISSUER,
    audience: env.JWT_AUDIENCE,
  });
  const refreshToken = randomBytes(32).toString('base64url');
  const [{ IdentityId, Token }] = await Promise.all([
    cognito.send(
      new GetOpenIdTokenForDeveloperIdentityCommand({
        IdentityPoolId: env.IDENTITY_POOL_ID,
        Logins: { [env.DEVELOPER_PROVIDER_NAME]: payload.sub ?? '' },
        TokenDuration: durationSeconds,
      }),
    ),
    dynamodb.send(
      new PutCommand({
        TableName: env.TABLE_NAME,
        Item: { pk: `session#${refreshToken}`, user: { userId: payload.sub }, durationSeconds },
      }),
    ),
  ]);
  metrics.addMetric('Success', MetricUnit.Count, 1);
  logger.info('signed in', { identityId: IdentityId });
  return {
    statusCode: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ identityId: IdentityId, token: Token, refreshToken }),
  };
};

export const handler = middy()
  .use(captureLambdaHandler(tracer))
  .use(injectLambdaContext(logger))
  .use(logMetrics(metrics))
  .use(httpJsonBodyParser())
  .use(httpErrorHandler())
  .handler(login);
