import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { frozenClock } from '../support/sessions.ts';
import { clientWorld, heard, unavailable } from './world.ts';

const { device, decide, names, sent, newUser, cognito } = await clientWorld();
const minutes = 60;

/** A user who is signed in and has credentials, at the test's frozen moment. */
const signedIn = async (t: TestContext, options: Parameters<typeof device>[0] = {}) => {
  const { credentials } = await newUser();
  const clock = frozenClock(t);
  const auth = device(options);
  await auth.login(credentials);
  const first = await auth.credentials();
  decide();
  return { auth, first, clock, credentials };
};
const renewal = ['/refresh', 'GetCredentialsForIdentity'];

test('credentials are kept while they last, and renewed once for all who ask', async (t) => {
  const { auth, first, clock } = await signedIn(t);
  assert.equal(first.expiration.getTime(), Date.now() + 60 * minutes * 1000);
  clock.advance(54 * minutes);
  assert.deepEqual(await auth.credentials(), first);
  assert.deepEqual(names(), []);
  clock.advance(1 * minutes);
  const all = await Promise.all(Array.from({ length: 20 }, () => auth.credentials()));
  assert.deepEqual(names(), renewal);
  assert.equal(new Set(all.map(({ accessKeyId }) => accessKeyId)).size, 1);
  assert.notEqual(all[0]?.accessKeyId, first.accessKeyId);
  assert.equal(all[0]?.identityId, first.identityId);
});

test('a token that still lasts is used again, and one that does not is not', async (t) => {
  const { auth, clock } = await signedIn(t);
  const { token } = await auth.token();
  clock.advance(13 * minutes);
  assert.equal((await auth.token()).token, token);
  assert.deepEqual(names(), []);
  clock.advance(1 * minutes);
  const next = await auth.token();
  assert.notEqual(next.token, token);
  assert.equal(next.expiration.getTime(), Date.now() + 15 * minutes * 1000);
  assert.deepEqual(names(), ['/refresh']);
});

test('after a sleep of days it wakes with new ones; after too many the session is over', async (t) => {
  const { auth, first, clock } = await signedIn(t);
  clock.advance(13 * 24 * 60 * minutes);
  const woken = await auth.credentials();
  assert.ok(woken.expiration.getTime() > Date.now());
  assert.deepEqual(names(), renewal);
  clock.advance(15 * 24 * 60 * minutes);
  const { first: signedOut } = heard(auth.onSignedOut);
  await assert.rejects(auth.credentials(), { code: 'invalid_refresh_token', status: 401 });
  assert.deepEqual(await signedOut, { identityId: first.identityId, reason: 'session_ended' });
  await assert.rejects(auth.credentials(), { code: 'signed_out' });
});

test('an outage ahead of expiry goes unnoticed; offline after it is an error, and back again is none', async (t) => {
  const { auth, first, clock } = await signedIn(t);
  clock.advance(56 * minutes);
  for (const fate of ['cut', unavailable()] as const) {
    decide(() => fate);
    assert.deepEqual(await auth.credentials(), first);
    assert.equal(sent('/refresh').length, 3);
  }
  // A refusal is none: the user may do nothing any more.
  decide(() => new Response('{"code":"identity_disabled"}', { status: 403 }));
  await assert.rejects(auth.credentials(), { code: 'identity_disabled' });
  clock.advance(5 * minutes);
  decide(() => 'cut');
  const everyone = await Promise.allSettled([auth.credentials(), auth.credentials(), auth.credentials()]);
  assert.deepEqual(
    everyone.map((each) => each.status === 'rejected' && each.reason.code),
    ['network_error', 'network_error', 'network_error'],
  );
  assert.equal(sent().length, 3);
  assert.deepEqual(await auth.identity(), { identityId: first.identityId, isGuest: false });
  decide();
  assert.equal((await auth.credentials()).identityId, first.identityId);
});

test('credentials that could not be had do not use up another refresh token', async (t) => {
  const { auth, clock } = await signedIn(t);
  clock.advance(61 * minutes);
  decide(({ name }) => (name === 'GetCredentialsForIdentity' ? 'cut' : undefined));
  await assert.rejects(auth.credentials(), { code: 'network_error' });
  decide();
  await auth.credentials();
  assert.deepEqual(names(), ['GetCredentialsForIdentity']);
});

test('asked to, it gets new ones: token and credentials, once', async (t) => {
  const { auth, first, clock } = await signedIn(t);
  const { token } = await auth.token();
  clock.advance(1);
  const [one, other] = await Promise.all([
    auth.credentials({ forceRefresh: true }),
    auth.credentials({ forceRefresh: true }),
  ]);
  assert.deepEqual(names(), renewal);
  assert.equal(one.accessKeyId, other.accessKeyId);
  assert.notEqual(one.accessKeyId, first.accessKeyId);
  assert.notEqual((await auth.token()).token, token);
});

test('a device whose clock is hours wrong has credentials that last, by that clock', async (t) => {
  t.after(() => cognito.clock.reset());
  for (const hours of [-3, 3]) {
    cognito.clock.reset();
    cognito.clock.advance(hours * 3600 * 1000);
    const { credentials } = await newUser();
    const auth = device();
    await auth.login(credentials);
    const { expiration } = await auth.credentials();
    const lasts = (expiration.getTime() - Date.now()) / 60_000;
    assert.ok(lasts > 58 && lasts < 62, `${lasts} minutes at ${hours} hours`);
    decide();
    await auth.credentials();
    assert.deepEqual(names(), []);
  }
});

test('a token that Cognito refuses is replaced, once', async (t) => {
  const { credentials } = await newUser();
  const auth = device();
  await auth.login(credentials);
  cognito.clock.advance(16 * minutes * 1000);
  t.after(() => cognito.clock.reset());
  decide();
  await auth.credentials();
  assert.deepEqual(names(), ['GetCredentialsForIdentity', ...renewal]);
  const type = 'NotAuthorizedException';
  decide(({ name }) =>
    name === '/refresh' ? undefined : new Response(`{"__type":"${type}"}`, { status: 400 }),
  );
  await assert.rejects(auth.credentials({ forceRefresh: true }), { code: type });
  assert.deepEqual(names(), renewal);
});

test('a refresh whose answers never come is sent twice more, in time for the same answer', async () => {
  const { credentials } = await newUser();
  const auth = device();
  const { identityId } = await auth.login(credentials);
  // By the real clock: the service's ten seconds run on it, too.
  decide(({ name }, number) => (name === '/refresh' && number < 3 ? 'silent' : undefined));
  assert.equal((await auth.credentials({ forceRefresh: true })).identityId, identityId);
  const tokens = sent('/refresh').map(({ body }) => body.refreshToken);
  assert.deepEqual(tokens, [tokens[0], tokens[0], tokens[0]]);
  assert.equal((await auth.credentials({ forceRefresh: true })).identityId, identityId);
});

test('a refresh is not sent again once the service would take it for a replay', async (t) => {
  const { auth, first, clock } = await signedIn(t);
  // As on a device that slept.
  decide(({ name }) => {
    if (name === '/refresh') clock.advance(9);
    return 'cut';
  });
  await assert.rejects(auth.credentials({ forceRefresh: true }), { code: 'network_error' });
  assert.deepEqual(names(), ['/refresh']);
  // Nor where it would be too late once it has waited as it was told to.
  decide(() => unavailable(9));
  await assert.rejects(auth.credentials({ forceRefresh: true }), { code: 'table_unavailable' });
  assert.deepEqual(names(), ['/refresh']);
  decide();
  assert.equal((await auth.credentials({ forceRefresh: true })).identityId, first.identityId);
});

test('a refresh whose device slept between two attempts is not sent again', async (t) => {
  const { auth, clock } = await signedIn(t);
  decide(() => {
    setTimeout(() => clock.advance(9), 0);
    return unavailable(1);
  });
  await assert.rejects(auth.credentials({ forceRefresh: true }), { code: 'table_unavailable' });
  assert.deepEqual(names(), ['/refresh']);
});
