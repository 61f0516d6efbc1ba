import type { TestContext } from 'node:test';
import {
  CognitoIdentityClient,
  type CognitoIdentityClientConfig,
  CreateIdentityPoolCommand,
  type CreateIdentityPoolCommandInput,
  GetOpenIdTokenForDeveloperIdentityCommand,
} from '@aws-sdk/client-cognito-identity';
import { createEmulator, type Emulator, type EmulatorOptions } from '../../emulator/server.ts';

export const provider = 'login.example';

/** When the tests' clock stands still: 2026-01-02T03:04:05Z, in epoch seconds. */
export const frozenAt = 1767323045;

export type Subject = { emulator: Emulator; client: CognitoIdentityClient };

/** An emulator with a frozen clock and a client of it; both end with the test. */
export async function startEmulator(t: TestContext, options: EmulatorOptions = {}): Promise<Subject> {
  const emulator = await createEmulator(options);
  t.after(() => emulator.close());
  emulator.clock.freeze(frozenAt * 1000);
  const client = clientOf(emulator.endpoint);
  t.after(() => client.destroy());
  return { emulator, client };
}

export function clientOf(endpoint: string, config: CognitoIdentityClientConfig = {}): CognitoIdentityClient {
  return new CognitoIdentityClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' },
    maxAttempts: 1,
    ...config,
  });
}

/** A pool with a developer provider and guests; answers its id. */
export async function createPool(
  client: CognitoIdentityClient,
  settings: Partial<CreateIdentityPoolCommandInput> = {},
): Promise<string> {
  const { IdentityPoolId = '' } = await client.send(
    new CreateIdentityPoolCommand({
      IdentityPoolName: 'test',
      AllowUnauthenticatedIdentities: true,
      DeveloperProviderName: provider,
      ...settings,
    }),
  );
  return IdentityPoolId;
}

/** Signs a developer's user in, linking to `IdentityId` when it is given. */
export async function logIn(
  client: CognitoIdentityClient,
  IdentityPoolId: string,
  user: string,
  more: { IdentityId?: string; PrincipalTags?: Record<string, string>; TokenDuration?: number } = {},
): Promise<{ IdentityId: string; Token: string }> {
  const { IdentityId = '', Token = '' } = await client.send(
    new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId, Logins: { [provider]: user }, ...more }),
  );
  return { IdentityId, Token };
}

/** The fields of an AWS error that a test asserts. */
export function awsError(name: string, message?: string): { name: string; message?: string } {
  return message === undefined ? { name } : { name, message };
}

export async function getJson(url: string): Promise<Record<string, string>> {
  return (await (await fetch(url)).json()) as Record<string, string>;
}
