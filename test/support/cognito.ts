import assert from 'node:assert/strict';
import {
  CognitoIdentityClient,
  GetCredentialsForIdentityCommand,
  GetIdCommand,
  GetOpenIdTokenCommand,
} from '@aws-sdk/client-cognito-identity';
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from 'jose';

/** A client as an app has it: no AWS credentials. */
const anonymous = (endpoint: string) =>
  new CognitoIdentityClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'none', secretAccessKey: 'none' },
  });

/** A new guest of the pool, with the token that proves it. */
export const guest = async (endpoint: string, identityPoolId: string) => {
  const client = anonymous(endpoint);
  const { IdentityId = '' } = await client.send(new GetIdCommand({ IdentityPoolId: identityPoolId }));
  const { Token = '' } = await client.send(new GetOpenIdTokenCommand({ IdentityId }));
  return { identityId: IdentityId, token: Token };
};

/** What an app does with the login's answer: AWS credentials, through the enhanced flow. */
export const credentialsFor = async (endpoint: string, identityId: string, token: string) => {
  const { Credentials } = await anonymous(endpoint).send(
    new GetCredentialsForIdentityCommand({
      IdentityId: identityId,
      Logins: { 'cognito-identity.amazonaws.com': token },
    }),
  );
  assert.ok(Credentials);
  return Credentials;
};

/** The claims of a token that verifies against the endpoint's JWKS as one of the pool's. */
export const verify = async (
  endpoint: string,
  identityPoolId: string,
  token: string,
): Promise<JWTPayload> => {
  const keys = createRemoteJWKSet(new URL(`${endpoint}/.well-known/jwks_uri`));
  const { payload } = await jwtVerify(token, keys, {
    algorithms: ['RS512'],
    issuer: 'https://cognito-identity.amazonaws.com',
    audience: identityPoolId,
    requiredClaims: ['sub', 'amr', 'exp', 'iat'],
  });
  return payload;
};
