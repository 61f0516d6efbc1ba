import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import {
  CognitoIdentityClient,
  DescribeIdentityPoolCommand,
  GetIdCommand,
  GetOpenIdTokenCommand,
  ListIdentityPoolsCommand,
} from '@aws-sdk/client-cognito-identity';
import { awsError, clientOf, createPool, frozenAt, startEmulator } from '../support/emulator.ts';

const authorization =
  'AWS4-HMAC-SHA256 Credential=AKID/20260102/us-east-1/cognito-identity/aws4_request, SignedHeaders=host, Signature=0';

async function start(t: TestContext) {
  const { emulator, client } = await startEmulator(t);
  /** Sends what no SDK would: headers left out by undefined, any body. */
  const post = async (operation: string, body: string, more: Record<string, string | undefined> = {}) => {
    const headers = {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `AWSCognitoIdentityService.${operation}`,
      authorization,
      ...more,
    };
    const given = Object.entries(headers).filter((pair): pair is [string, string] => pair[1] !== undefined);
    const response = await fetch(emulator.endpoint, { method: 'POST', headers: given, body });
    const { __type, message } = (await response.json()) as Record<string, string>;
    return { status: response.status, type: __type, message, headers: response.headers };
  };
  return { emulator, client, post };
}

test('an error has the body and the headers of the real service', async (t) => {
  const { post } = await start(t);
  const { status, type, message, headers } = await post(
    'DescribeIdentityPool',
    '{"IdentityPoolId":"us-east-1:0"}',
  );
  assert.deepEqual([status, type], [400, 'ResourceNotFoundException']);
  assert.equal(message, "IdentityPool 'us-east-1:0' not found.");
  assert.equal(headers.get('x-amzn-errortype'), 'ResourceNotFoundException:');
  assert.equal(headers.get('x-amzn-errormessage'), message);
  assert.match(headers.get('x-amzn-requestid') ?? '', /^[0-9a-f-]{36}$/);
  assert.equal(headers.get('content-type'), 'application/x-amz-json-1.1');
  assert.equal(headers.get('access-control-allow-origin'), '*');
  assert.equal(
    headers.get('access-control-expose-headers'),
    'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date',
  );
});

test('a text that a header cannot carry is answered all the same', async (t) => {
  const { post } = await start(t);
  const { type } = await post('DescribeIdentityPool', '{"IdentityPoolId":"é\\n"}');
  assert.equal(type, 'ValidationException');
  const long = await post('DescribeIdentityPool', `{"IdentityPoolId":"${'!'.repeat(100_000)}"}`);
  assert.equal(long.type, 'ValidationException');
});

test('what is no request of the service is refused as a real endpoint does', async (t) => {
  const { post } = await start(t);
  const list = '{"MaxResults":1}';
  const cases: [string, string, Record<string, string | undefined>, string, number][] = [
    ['NoSuchOperation', '{}', {}, 'UnknownOperationException', 400],
    ['toString', '{}', {}, 'UnknownOperationException', 400],
    ['GetId', '{}', { 'x-amz-target': 'OtherService.GetId' }, 'UnknownOperationException', 400],
    ['GetId', '{}', { 'x-amz-target': undefined }, 'UnknownOperationException', 400],
    ['GetId', '{}', { 'content-type': 'application/json' }, 'UnknownOperationException', 400],
    ['GetId', '{', {}, 'SerializationException', 400],
    ['GetId', '[]', {}, 'SerializationException', 400],
    ['GetId', `{"x":"${'x'.repeat(1024 * 1024)}"}`, {}, 'RequestEntityTooLargeException', 413],
    ['ListIdentityPools', list, { authorization: undefined }, 'MissingAuthenticationTokenException', 400],
    ['ListIdentityPools', list, { authorization: 'Bearer x' }, 'IncompleteSignatureException', 400],
  ];
  for (const [operation, body, headers, type, status] of cases) {
    const answer = await post(operation, body, headers);
    assert.deepEqual([answer.type, answer.status], [type, status], `${operation} ${type}`);
  }
});

test('a browser may call from any page', async (t) => {
  const { emulator } = await start(t);
  const headers = {
    origin: 'https://app.example',
    'access-control-request-headers': 'x-amz-target,content-type',
  };
  const { headers: answer } = await fetch(emulator.endpoint, { method: 'OPTIONS', headers });
  assert.equal(answer.get('access-control-allow-origin'), '*');
  assert.equal(answer.get('access-control-allow-headers'), 'x-amz-target,content-type');
});

test('pools of one region are invisible in another', async (t) => {
  const { emulator, client } = await start(t);
  const IdentityPoolId = await createPool(client);
  const europe = clientOf(emulator.endpoint, { region: 'eu-west-1' });
  t.after(() => europe.destroy());
  const describe = new DescribeIdentityPoolCommand({ IdentityPoolId });
  await assert.rejects(europe.send(describe), awsError('ResourceNotFoundException'));
  assert.deepEqual((await europe.send(new ListIdentityPoolsCommand({ MaxResults: 60 }))).IdentityPools, []);
  const other = await createPool(europe);
  assert.match(other, /^eu-west-1:/);
  // An unsigned request tells no region: the pool's id does.
  const { IdentityId } = await europe.send(new GetIdCommand({ IdentityPoolId: other }));
  assert.match(IdentityId ?? '', /^eu-west-1:/);
  const { Token = '' } = await europe.send(new GetOpenIdTokenCommand({ IdentityId }));
  assert.match(Buffer.from(Token.split('.')[0] ?? '', 'base64url').toString(), /"kid":"eu-west-11"/);
});

test('the host tells the region of an unsigned request', async (t) => {
  const { emulator, client } = await start(t);
  const IdentityPoolId = await createPool(client);
  const unsigned = new CognitoIdentityClient({
    endpoint: emulator.endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
  });
  t.after(() => unsigned.destroy());
  unsigned.middlewareStack.add(
    (next) => (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      headers.host = 'cognito-identity.eu-west-1.amazonaws.com';
      return next(args);
    },
    { step: 'finalizeRequest' },
  );
  await assert.rejects(
    unsigned.send(new GetIdCommand({ IdentityPoolId })),
    awsError('ResourceNotFoundException'),
  );
});

test('an access key of twelve digits is an account of its own', async (t) => {
  const { emulator, client } = await start(t);
  const IdentityPoolId = await createPool(client);
  const other = clientOf(emulator.endpoint, {
    credentials: { accessKeyId: '111122223333', secretAccessKey: 'x' },
  });
  t.after(() => other.destroy());
  const describe = new DescribeIdentityPoolCommand({ IdentityPoolId });
  await assert.rejects(other.send(describe), awsError('ResourceNotFoundException'));
  const AccountId = '111122223333';
  await assert.rejects(
    client.send(new GetIdCommand({ IdentityPoolId, AccountId })),
    awsError('ResourceNotFoundException'),
  );
});

test('faults: an error so many times, a delay, a dropped connection, and only where they are due', async (t) => {
  const { emulator, client } = await start(t);
  const list = () => client.send(new ListIdentityPoolsCommand({ MaxResults: 1 }));
  emulator.faults.add({ operation: 'ListIdentityPools', error: 'TooManyRequestsException', count: 2 });
  emulator.faults.add({ operation: 'GetId', error: 'InternalErrorException' });
  await assert.rejects(list(), awsError('TooManyRequestsException'));
  assert.deepEqual(emulator.faults.list()[0]?.count, 1);
  await assert.rejects(list(), awsError('TooManyRequestsException'));
  await list();
  await assert.rejects(client.send(new GetIdCommand({ IdentityPoolId: 'us-east-1:0' })), {
    name: 'InternalErrorException',
    $fault: 'server',
  });
  emulator.faults.clear();
  emulator.faults.add({ operation: '*', drop: true, count: 1 });
  await assert.rejects(list(), { code: 'ECONNRESET' });
  emulator.faults.add({ operation: '*', delay: 1, rate: 0 });
  await list();
});

test('a fault that could never happen is refused', async (t) => {
  const { emulator } = await startEmulator(t);
  for (const fault of [
    { operation: 'GetId' },
    { operation: '*', drop: true, count: 0 },
    { operation: '*', drop: true, rate: 2 },
    { operation: '*', delay: -1 },
  ]) {
    assert.throws(() => emulator.faults.add(fault), /Invalid fault/);
  }
  assert.throws(() => emulator.faults.add({ operation: 'GetIds', drop: true }), /GetIds is neither/);
  const misspelt = { operation: 'GetId', drop: true, dealy: 1 };
  assert.throws(() => emulator.faults.add(misspelt), /A fault has no dealy/);
  emulator.faults.add({ operation: 'AssumeRoleWithWebIdentity', drop: true });
});

test('the clock freezes, moves and follows the machine again', async (t) => {
  const { emulator } = await startEmulator(t);
  const { clock } = emulator;
  assert.equal(clock.now(), frozenAt * 1000);
  clock.advance(5000);
  assert.equal(clock.now(), (frozenAt + 5) * 1000);
  clock.reset();
  t.mock.timers.enable({ apis: ['Date'], now: 1000 });
  clock.advance(500);
  assert.equal(clock.now(), 1500);
});
