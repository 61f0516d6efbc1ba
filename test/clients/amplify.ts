import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SetIdentityPoolRolesCommand } from '@aws-sdk/client-cognito-identity';
import { start } from '../support/client-scenario.ts';
import { clientOf, createPool } from '../support/emulator.ts';

/** The little of Amplify that is used here: it is not a dependency, so its own types may be missing. */
type Core = { Amplify: { configure(config: object): void } };
type Session = { identityId?: string; credentials?: { accessKeyId: string } };
type Auth = { fetchAuthSession(): Promise<Session> };

const load = async (name: string) => import(name).catch(() => undefined);
const core: Core | undefined = await load('aws-amplify');
const auth: Auth | undefined = await load('aws-amplify/auth');
const skip = (!core || !auth) && 'Amplify is not installed (npm install --no-save aws-amplify)';

test('Amplify: a guest gets an identity and credentials', { skip }, async (t) => {
  const { emulator } = await start(t);
  const client = clientOf(emulator.endpoint);
  t.after(() => client.destroy());
  const identityPoolId = await createPool(client);
  const Roles = { unauthenticated: 'arn:aws:iam::000000000000:role/guest' };
  await client.send(new SetIdentityPoolRolesCommand({ IdentityPoolId: identityPoolId, Roles }));
  const pool = { identityPoolId, identityPoolEndpoint: emulator.endpoint, allowGuestAccess: true };
  // Amplify wants a user pool beside the identity pool; a guest never asks it anything.
  const userPool = { userPoolId: 'us-east-1_unused', userPoolClientId: 'unused' };
  core?.Amplify.configure({ Auth: { Cognito: { ...userPool, ...pool } } });
  const session = await auth?.fetchAuthSession();
  assert.match(session?.identityId ?? '', /^us-east-1:/);
  assert.match(session?.credentials?.accessKeyId ?? '', /^ASIA/);
});
