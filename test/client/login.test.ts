import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { DeveloperIdentityError } from '../../client/index.ts';
import { listen } from '../../local/listen.ts';
import { clientWorld, heard, unavailable } from './world.ts';

const world = await clientWorld();
const { device, decide, names, sent, newUser } = world;

test('a login gives credentials that a client of the SDK takes, and no GetId ever', async () => {
  const { credentials } = await newUser();
  const auth = device();
  decide();
  const { identityId, guest } = await auth.login(credentials);
  assert.match(identityId, /^us-east-1:/);
  assert.equal(guest, undefined);
  const sts = new STSClient({
    endpoint: world.cognito.endpoint,
    region: 'us-east-1',
    credentials: auth.credentials,
  });
  const { Arn } = await sts.send(new GetCallerIdentityCommand());
  sts.destroy();
  assert.match(Arn ?? '', /assumed-role\/local-authenticated/);
  assert.deepEqual(names(), ['/login', 'GetCredentialsForIdentity']);
  assert.deepEqual(await auth.identity(), { identityId, isGuest: false });
  assert.equal((await auth.credentials()).identityId, identityId);
});

test('the same user gets the same identity on every device', async () => {
  const { credentials, userId } = await newUser();
  const phone = device();
  const { identityId } = await phone.login(credentials);
  assert.deepEqual(await device().login(credentials), { identityId });
  const account = await phone.account();
  assert.deepEqual([account.identityId, account.developerUserIdentifiers], [identityId, [userId]]);
  const { token } = await phone.token();
  assert.equal(JSON.parse(atob(token.split('.')[1] ?? '')).sub, identityId);
});

test('a refusal is the one error class, with what the service said of it, and is never sent again', async () => {
  const { credentials } = await newUser();
  const auth = device();
  decide();
  const error = await auth.login({ ...credentials, password: 'wrong' }).catch((caught) => caught);
  assert.ok(error instanceof DeveloperIdentityError);
  assert.deepEqual([error.code, error.status, error.isTransient], ['invalid_credentials', 401, false]);
  assert.match(error.requestId ?? '', /^[\w-]{36}$/);
  assert.equal(sent('/login').length, 1);

  const tooLong = await auth.login({ ...credentials, durationSeconds: 1 }).catch((caught) => caught);
  assert.equal(tooLong.code, 'invalid_request');
  assert.equal(tooLong.errors[0].pointer, '#/durationSeconds');
});

test('too many attempts tell how long to wait, and are not sent again', async () => {
  const { credentials } = await newUser();
  const auth = device();
  const wrong = { ...credentials, password: 'wrong' };
  let error: DeveloperIdentityError | undefined;
  for (let attempt = 0; attempt < 20 && error?.code !== 'too_many_attempts'; attempt++) {
    decide();
    error = await auth.login(wrong).catch((caught) => caught);
    assert.equal(sent('/login').length, 1);
  }
  assert.equal(error?.code, 'too_many_attempts');
  assert.ok((error?.retryAfter ?? 0) >= 1);
});

test('what did not arrive, what got lost and what got a 5xx is sent again, twice at most', async () => {
  const { credentials } = await newUser();
  for (const fate of ['cut', 'lost', unavailable()] as const) {
    decide((_, number) => (number < 3 ? fate : undefined));
    const auth = device();
    await auth.login(credentials);
    assert.equal(sent('/login').length, 3);
  }
  decide(() => 'cut');
  await assert.rejects(device().login(credentials), { code: 'network_error', isTransient: true });
  assert.equal(sent().length, 3);
  decide(() => unavailable());
  await assert.rejects(device().login(credentials), { code: 'table_unavailable', status: 503 });
});

test('it waits as long as the service says; a long wait is the caller’s to decide', async () => {
  const { credentials } = await newUser();
  const times: number[] = [];
  decide((_, number) => {
    times.push(performance.now());
    return number === 1 ? unavailable(1) : undefined;
  });
  await device().login(credentials);
  assert.ok((times[1] ?? 0) - (times[0] ?? 0) >= 990, String(times));
  decide(() => unavailable(60));
  await assert.rejects(device().login(credentials), { code: 'table_unavailable', retryAfter: 60 });
  assert.equal(sent().length, 1);
});

test('AWS throttles with a 400: that is sent again too, another 400 of AWS is not', async () => {
  const { credentials } = await newUser();
  const aws = (type: string) =>
    new Response(JSON.stringify({ __type: type, message: 'no' }), {
      status: 400,
      headers: { 'x-amzn-requestid': 'r1' },
    });
  const auth = device();
  await auth.login(credentials);
  decide((_, number) => (number === 1 ? aws('TooManyRequestsException') : undefined));
  await auth.credentials();
  assert.deepEqual(names(), ['GetCredentialsForIdentity', 'GetCredentialsForIdentity']);
  const misconfigured = 'InvalidIdentityPoolConfigurationException';
  decide(({ name }) => (name === '/refresh' ? undefined : aws(misconfigured)));
  const rejected = { code: misconfigured, status: 400, requestId: 'r1' };
  await assert.rejects(auth.credentials({ forceRefresh: true }), rejected);
  assert.equal(sent('GetCredentialsForIdentity').length, 1);
});

test('an answer that is none of the service’s is an error, and so is another pool’s', async () => {
  const { credentials } = await newUser();
  for (const answer of [
    new Response('<html>', { status: 200 }),
    new Response('{}', { status: 200 }),
    new Response('{"message":"Not Found"}', { status: 404 }),
  ]) {
    decide(() => answer);
    await assert.rejects(device().login(credentials), { code: 'unexpected_answer' });
    assert.equal(sent().length, 1);
  }
  decide();
  const elsewhere = device({ identityPoolId: 'us-east-1:00000000-0000-0000-0000-000000000000' });
  await assert.rejects(elsewhere.login(credentials), { code: 'wrong_identity_pool' });
  assert.equal(await elsewhere.identity(), undefined);
});

test('no redirect gets the password', async (t) => {
  const { credentials } = await newUser();
  const asked: string[] = [];
  const redirects = await listen(
    createServer(({ url = '' }, response) => {
      asked.push(url);
      response.writeHead(307, { location: '/elsewhere' }).end();
    }),
    0,
  );
  t.after(() => redirects.close());
  await assert.rejects(device({ apiUrl: redirects.url }).login(credentials), { code: 'unexpected_answer' });
  assert.deepEqual(asked, ['/login']);
});

test('without a session there is nothing to give, and nothing is asked for it', async () => {
  const auth = device();
  decide();
  for (const promise of [auth.credentials(), auth.token(), auth.account()]) {
    await assert.rejects(promise, { code: 'signed_out' });
  }
  assert.equal(await auth.identity(), undefined);
  await auth.logout();
  assert.deepEqual(names(), []);
});

test('a logout forgets at once, tells why, and ends the session on the service', async () => {
  const { credentials } = await newUser();
  const auth = device();
  const { identityId } = await auth.login(credentials);
  const given = await auth.credentials();
  const { first } = heard(auth.onSignedOut);
  decide();
  const loggedOut = auth.logout();
  // A client of the SDK keeps them until then. Nobody waits for a network.
  assert.equal(given.expiration.getTime(), 0);
  await loggedOut;
  assert.deepEqual(await first, { identityId, reason: 'logout' });
  assert.deepEqual(names(), ['/logout']);
  await assert.rejects(auth.credentials(), { code: 'signed_out' });
});

test('a logout without a network is one here, and says that the service may not know', async () => {
  const { credentials } = await newUser();
  const auth = device();
  await auth.login(credentials);
  decide(() => 'cut');
  await assert.rejects(auth.logout(), { code: 'network_error' });
  assert.equal(await auth.identity(), undefined);
});

test('a logout everywhere ends the sessions of other devices, which learn of it', async () => {
  const { credentials } = await newUser();
  const [phone, laptop] = [device(), device()];
  const { identityId } = await phone.login(credentials);
  await laptop.login(credentials);
  const { first } = heard(laptop.onSignedOut);
  decide();
  await phone.logout({ everywhere: true });
  await assert.rejects(laptop.credentials({ forceRefresh: true }), { code: 'invalid_refresh_token' });
  assert.deepEqual(await first, { identityId, reason: 'session_ended' });
  await assert.rejects(laptop.credentials(), { code: 'signed_out' });
});

test('another user’s login shows nothing of the first one’s, to clients of the SDK neither', async () => {
  const [alice, bob] = [await newUser(), await newUser()];
  const auth = device();
  const sts = new STSClient({
    endpoint: world.cognito.endpoint,
    region: 'us-east-1',
    credentials: auth.credentials,
  });
  const keys: unknown[] = [];
  sts.middlewareStack.add(
    (next) => async (args) => {
      const { headers } = args.request as { headers: Record<string, string> };
      keys.push(/Credential=(\w+)/.exec(headers.authorization ?? '')?.[1]);
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  const first = await auth.login(alice.credentials);
  await sts.send(new GetCallerIdentityCommand());
  const ofAlice = await auth.credentials();
  const { first: signedOut, events } = heard(auth.onSignedOut);
  const moved = heard(auth.onIdentityChanged);
  const second = await auth.login(bob.credentials);
  await sts.send(new GetCallerIdentityCommand());
  sts.destroy();
  const ofBob = await auth.credentials();
  assert.notEqual(first.identityId, second.identityId);
  assert.deepEqual(keys, [ofAlice.accessKeyId, ofBob.accessKeyId]);
  assert.deepEqual(await signedOut, { identityId: first.identityId, reason: 'other_user' });
  // Nobody is to move Alice's data to Bob.
  assert.deepEqual([moved.events, events.length], [[], 1]);
});

test('a client of the SDK does not keep credentials that were replaced, and that nobody could take back', async () => {
  const auth = device();
  await auth.login((await newUser()).credentials);
  const former = await auth.credentials();
  const latter = await auth.credentials({ forceRefresh: true });
  assert.equal(former.expiration.getTime(), 0);
  assert.ok(latter.expiration.getTime() > Date.now());
});

test('who logs in again has new credentials and one session', async () => {
  const { credentials } = await newUser();
  const auth = device();
  const { identityId } = await auth.login(credentials);
  const former = await auth.credentials();
  const signedOut = heard(auth.onSignedOut);
  decide();
  assert.deepEqual(await auth.login(credentials), { identityId });
  assert.deepEqual(names(), ['/login', '/logout']);
  assert.notEqual((await auth.credentials()).accessKeyId, former.accessKeyId);
  assert.deepEqual(signedOut.events, []);
});

test('a login that fails leaves who was signed in', async () => {
  const [alice, bob] = [await newUser(), await newUser()];
  const auth = device();
  const { identityId } = await auth.login(alice.credentials);
  await assert.rejects(auth.login({ ...bob.credentials, password: 'wrong' }));
  assert.equal((await auth.credentials()).identityId, identityId);
});

test('a listener that is taken off hears nothing', async () => {
  const { credentials } = await newUser();
  const auth = device();
  await auth.login(credentials);
  const gone = heard((listener) => auth.onSignedOut(listener)());
  const { first } = heard(auth.onSignedOut);
  await auth.logout();
  await first;
  assert.deepEqual(gone.events, []);
});
