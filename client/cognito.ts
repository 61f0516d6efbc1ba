import { DeveloperIdentityError } from './error.ts';
import { type Fetch, send } from './http.ts';

interface CognitoOptions {
  fetch: Fetch;
  identityPoolId: string;
  endpoint?: string | undefined;
}

/** As Cognito Identity answers them; `Expiration` is in epoch seconds. */
export interface CognitoCredentials {
  AccessKeyId: string;
  SecretKey: string;
  SessionToken: string;
  Expiration: number;
}

/**
 * The three operations that an app needs of Cognito Identity. They are unsigned: the SDK's client would add nothing to
 * a POST but its weight. GetId is for guests only: of a developer token Cognito says "Can't pass in a Cognito token".
 * Everything @throws DeveloperIdentityError with the exception's name as its code.
 */
export const cognitoIdentity = ({ fetch, identityPoolId, endpoint }: CognitoOptions) => {
  const region = identityPoolId.split(':')[0] ?? '';
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const url = endpoint ?? `https://cognito-identity.${region}.${domain}`;
  const call = (operation: string, body: object) =>
    send(fetch, url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityService.${operation}`,
      },
      body,
      timeout: 10_000,
    });

  return {
    /** A new guest. */
    async getId(): Promise<string> {
      const { IdentityId } = (await call('GetId', { IdentityPoolId: identityPoolId })) as {
        IdentityId: string;
      };
      return IdentityId;
    },

    /** The token that proves a guest. The pool must allow the basic flow. */
    async getOpenIdToken(identityId: string): Promise<string> {
      const { Token } = (await call('GetOpenIdToken', { IdentityId: identityId })) as { Token: string };
      return Token;
    },

    /** A guest's, or with the developer token the user's. */
    async getCredentials(identityId: string, token?: string): Promise<CognitoCredentials> {
      const answer = await call('GetCredentialsForIdentity', {
        IdentityId: identityId,
        ...(token && { Logins: { 'cognito-identity.amazonaws.com': token } }),
      });
      return (answer as { Credentials: CognitoCredentials }).Credentials;
    },
  };
};

export type CognitoIdentity = ReturnType<typeof cognitoIdentity>;

/** Whether Cognito says that the identity is gone, is disabled, or is not the token's. */
export const isRefused = (error: unknown): boolean =>
  error instanceof DeveloperIdentityError &&
  (error.code === 'NotAuthorizedException' || error.code === 'ResourceNotFoundException');
