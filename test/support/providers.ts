import type { TestContext } from 'node:test';
import {
  type CognitoIdentityClient,
  type CreateIdentityPoolCommandInput,
  GetIdCommand,
} from '@aws-sdk/client-cognito-identity';
import { type CryptoKey, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { createPool, frozenAt, startEmulator } from './emulator.ts';

export const userPool = 'cognito-idp.us-east-1.amazonaws.com/us-east-1_abc';
export const oidc = 'idp.example/tenant';
export const oidcArn = `arn:aws:iam::000000000000:oidc-provider/${oidc}`;

/** Every kind of public provider that a token can be verified for. */
export const settings: Partial<CreateIdentityPoolCommandInput> = {
  SupportedLoginProviders: { 'accounts.google.com': 'google-app' },
  OpenIdConnectProviderARNs: [oidcArn],
  CognitoIdentityProviders: [{ ProviderName: userPool, ClientId: 'client1' }],
};

const { privateKey, publicKey } = await generateKeyPair('RS256', { extractable: true });
export const keySet = { keys: [{ ...(await exportJWK(publicKey)), alg: 'RS256', kid: 'one' }] };

/** Signs with the key of every provider here, or with another one. */
export function sign(claims: JWTPayload, key: CryptoKey = privateKey): Promise<string> {
  return signForEver({ exp: frozenAt + 60, ...claims }, key);
}

/** A token without an expiry. */
export function signForEver(claims: JWTPayload, key: CryptoKey = privateKey): Promise<string> {
  const header = { alg: 'RS256', kid: 'one' };
  return new SignJWT({ sub: 'ada', ...claims }).setProtectedHeader(header).sign(key);
}

export const googleToken = (claims: JWTPayload = {}) =>
  sign({ iss: 'https://accounts.google.com', aud: 'google-app', ...claims });
export const oidcToken = (claims: JWTPayload = {}) => sign({ iss: `https://${oidc}`, aud: 'any', ...claims });
export const userPoolToken = (claims: JWTPayload = {}) =>
  sign({ iss: `https://${userPool}`, aud: 'client1', ...claims });

/** An emulator that has the keys of these providers, and a pool that has the providers. */
export async function startWithProviders(t: TestContext) {
  const providers = { 'accounts.google.com': keySet, [oidc]: keySet, [userPool]: keySet };
  const { emulator, client } = await startEmulator(t, { providers });
  return { emulator, client, pool: await createPool(client, settings) };
}

export async function getId(
  client: CognitoIdentityClient,
  IdentityPoolId: string,
  Logins: Record<string, string>,
) {
  return client.send(new GetIdCommand({ IdentityPoolId, Logins }));
}
