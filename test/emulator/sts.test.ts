import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  type CognitoIdentityClient,
  GetIdCommand,
  GetOpenIdTokenCommand,
  SetIdentityPoolRolesCommand,
} from '@aws-sdk/client-cognito-identity';
import { AssumeRoleWithWebIdentityCommand, GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { fromCognitoIdentity, fromCognitoIdentityPool, fromWebToken } from '@aws-sdk/credential-providers';
import { SignJWT } from 'jose';
import { createPool, frozenAt, logIn, startEmulator } from '../support/emulator.ts';

const roleArn = 'arn:aws:iam::123456789012:role/path/user';
const assumedArn = (session: string) => `arn:aws:sts::123456789012:assumed-role/user/${session}`;

async function start(t: TestContext) {
  const { emulator, client } = await startEmulator(t);
  const pool = await createPool(client);
  const Roles = { authenticated: roleArn, unauthenticated: roleArn };
  await client.send(new SetIdentityPoolRolesCommand({ IdentityPoolId: pool, Roles }));
  const connect = (credentials: STSClient['config']['credentials']) => {
    const sts = new STSClient({
      endpoint: emulator.endpoint,
      region: 'us-east-1',
      credentials,
      maxAttempts: 1,
    });
    t.after(() => sts.destroy());
    return sts;
  };
  const whoIs = async (credentials: STSClient['config']['credentials']) =>
    (await connect(credentials).send(new GetCallerIdentityCommand({}))).Arn;
  return { emulator, client, pool, connect, whoIs };
}

const anyone = async () => ({ accessKeyId: 'AKIDTEST', secretAccessKey: 'secret' });

test('the basic flow: a token becomes a session of the role', async (t) => {
  const { client, pool, connect, whoIs } = await start(t);
  const { IdentityId, Token } = await logIn(client, pool, 'ada');
  const sts = connect(anyone);
  const assumed = await sts.send(
    new AssumeRoleWithWebIdentityCommand({
      RoleArn: roleArn,
      RoleSessionName: 'ada',
      WebIdentityToken: Token,
      DurationSeconds: 900,
    }),
  );
  assert.equal(assumed.SubjectFromWebIdentityToken, IdentityId);
  assert.equal(assumed.Audience, pool);
  assert.equal(assumed.Provider, 'cognito-identity.amazonaws.com');
  assert.equal(assumed.AssumedRoleUser?.Arn, assumedArn('ada'));
  assert.match(assumed.AssumedRoleUser?.AssumedRoleId ?? '', /^AROA[0-9A-F]{17}:ada$/);
  assert.equal(assumed.Credentials?.Expiration?.getTime(), (frozenAt + 900) * 1000);
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = assumed.Credentials ?? {};
  const session = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  assert.equal(await whoIs(async () => session), assumedArn('ada'));
});

test("the SDK's own credential providers work unchanged", async (t) => {
  const { emulator, client, pool, whoIs } = await start(t);
  emulator.clock.reset(); // what is expired by the machine's clock, the providers would not use
  const { IdentityId, Token } = await logIn(client, pool, 'ada');
  const clientConfig = { endpoint: emulator.endpoint, region: 'us-east-1' };
  const logins = { 'cognito-identity.amazonaws.com': Token };
  const identity = fromCognitoIdentity({ identityId: IdentityId, logins, clientConfig });
  assert.equal(await whoIs(identity), assumedArn('CognitoIdentityCredentials'));
  const guest = fromCognitoIdentityPool({ identityPoolId: pool, clientConfig });
  assert.equal(await whoIs(guest), assumedArn('CognitoIdentityCredentials'));
  const web = fromWebToken({ roleArn, roleSessionName: 'web', webIdentityToken: Token, clientConfig });
  assert.equal(await whoIs(web), assumedArn('web'));
});

test('a token that is expired, foreign or no token assumes nothing', async (t) => {
  const { emulator, client, pool, connect } = await start(t);
  const sts = connect(anyone);
  const assume = (WebIdentityToken: string, more: object = {}) =>
    sts.send(
      new AssumeRoleWithWebIdentityCommand({
        RoleArn: roleArn,
        RoleSessionName: 'x',
        WebIdentityToken,
        ...more,
      }),
    );
  const { Token } = await logIn(client, pool, 'ada', { TokenDuration: 60 });
  const [head, claims] = Token.split('.');
  const stranger = await new SignJWT({ iss: 'https://other.example' })
    .setProtectedHeader({ alg: 'HS256' })
    .sign(new Uint8Array(32));
  const name = 'InvalidIdentityTokenException';
  await assert.rejects(assume(`${head}.${claims}.AAAA`, { RoleSessionName: 'ada' }), { name });
  await assert.rejects(assume('none', { RoleSessionName: 'ada' }), { name });
  const unknown = 'No OpenIDConnect provider found in your account for https://other.example';
  await assert.rejects(assume(stranger, { RoleSessionName: 'ada' }), { name, message: unknown });
  await assert.rejects(assume(Token), {
    name: 'ValidationError',
    message:
      "1 validation error detected: Value 'x' at 'roleSessionName' failed to satisfy constraint: Member must have " +
      'length greater than or equal to 2',
  });
  await assert.rejects(assume(Token, { RoleSessionName: 'ada', DurationSeconds: 60 }), {
    name: 'ValidationError',
  });
  emulator.clock.advance(60_000);
  await assert.rejects(assume(Token, { RoleSessionName: 'ada' }), { name: 'ExpiredTokenException' });
});

async function guestToken(client: CognitoIdentityClient, IdentityPoolId: string): Promise<string> {
  const { IdentityId } = await client.send(new GetIdCommand({ IdentityPoolId }));
  return (await client.send(new GetOpenIdTokenCommand({ IdentityId }))).Token ?? '';
}

test('a session is known by its token, until it expires; other keys are the account', async (t) => {
  const { emulator, client, pool, connect, whoIs } = await start(t);
  const WebIdentityToken = await guestToken(client, pool);
  const assume = new AssumeRoleWithWebIdentityCommand({
    RoleArn: roleArn,
    RoleSessionName: 'guest',
    WebIdentityToken,
  });
  const { Credentials } = await connect(anyone).send(assume);
  const { AccessKeyId = '', SessionToken = '' } = Credentials ?? {};
  const session = { accessKeyId: AccessKeyId, secretAccessKey: 'x', sessionToken: SessionToken };
  const invalid = { name: 'InvalidClientTokenId' };
  await assert.rejects(
    whoIs(async () => ({ ...session, accessKeyId: 'ASIAOTHER' })),
    invalid,
  );
  await assert.rejects(
    whoIs(async () => ({ ...session, sessionToken: 'forged' })),
    invalid,
  );
  emulator.clock.advance(3_600_000);
  await assert.rejects(
    whoIs(async () => session),
    { name: 'ExpiredToken' },
  );
  assert.equal(await whoIs(anyone), 'arn:aws:iam::000000000000:root');
});

test('what STS has beyond that is refused in its own XML', async (t) => {
  const { emulator } = await startEmulator(t);
  const post = async (form: Record<string, string>) => {
    const response = await fetch(emulator.endpoint, { method: 'POST', body: new URLSearchParams(form) });
    return {
      status: response.status,
      type: response.headers.get('content-type'),
      body: await response.text(),
    };
  };
  const { status, type, body } = await post({ Action: 'Get<Session>Token', Version: '2011-06-15' });
  assert.deepEqual([status, type], [400, 'text/xml']);
  assert.match(
    body,
    /<Code>InvalidAction<\/Code><Message>Could not find operation Get&#60;Session&#62;Token/,
  );
  const unsigned = await post({ Action: 'GetCallerIdentity', Version: '2011-06-15' });
  assert.equal(unsigned.status, 403);
  assert.match(unsigned.body, /<Code>MissingAuthenticationToken<\/Code>/);
});
