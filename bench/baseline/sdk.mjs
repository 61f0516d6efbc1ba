import {
  CognitoIdentityClient,
  GetOpenIdTokenForDeveloperIdentityCommand,
  LookupDeveloperIdentityCommand,
} from '@aws-sdk/client-cognito-identity';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchWriteCommand, DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb';

const cognito = new CognitoIdentityClient();
const dynamodb = DynamoDBDocumentClient.from(new DynamoDBClient());
const {
  TABLE_NAME: TableName = '',
  IDENTITY_POOL_ID: IdentityPoolId,
  DEVELOPER_PROVIDER_NAME = '',
} = process.env;
const item = { group: 'sessions#4711', user: { userId: '4711', attributes: {} }, durationSeconds: 900 };

const token = () =>
  cognito.send(
    new GetOpenIdTokenForDeveloperIdentityCommand({
      IdentityPoolId,
      Logins: { [DEVELOPER_PROVIDER_NAME]: '4711' },
      TokenDuration: 900,
    }),
  );

/** The calls of AWS that each route makes, and nothing around them. */
const calls = {
  '/login': () =>
    Promise.all([
      token(),
      dynamodb.send(
        new BatchWriteCommand({
          RequestItems: { [TableName]: [{ PutRequest: { Item: { pk: 'session#1', ...item } } }] },
        }),
      ),
    ]),
  '/refresh': async () => {
    const Key = { pk: 'session#1' };
    await dynamodb.send(
      new UpdateCommand({
        TableName,
        Key,
        ConditionExpression: 'secretHash = :present',
        UpdateExpression: 'SET secretHash = :next, refreshedAt = :now',
        ExpressionAttributeValues: { ':present': 'a', ':next': 'b', ':now': 1 },
        ReturnValues: 'ALL_NEW',
      }),
    );
    await token();
  },
  '/lookup': () =>
    cognito.send(
      new LookupDeveloperIdentityCommand({ IdentityPoolId, DeveloperUserIdentifier: '4711', MaxResults: 60 }),
    ),
};

export const handler = async ({ rawPath }) => {
  await calls[rawPath]();
  return { statusCode: 200, body: '{}' };
};
