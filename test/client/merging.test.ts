import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CognitoIdentityClient, UnlinkDeveloperIdentityCommand } from '@aws-sdk/client-cognito-identity';
import { developerProviderName } from '../../local/settings.ts';
import { clientWorld, heard, testStorage } from './world.ts';

const { device, decide, sent, newUser, cognito, identityPoolId } = await clientWorld();
const admin = new CognitoIdentityClient({ endpoint: cognito.endpoint, region: 'us-east-1' });

const twoAccounts = async () => {
  const [source, destination] = [await newUser(), await newUser()];
  return { source, destination, both: { source: source.credentials, destination: destination.credentials } };
};

test('who is signed in as the source goes on with the identity that stays, and the app moves its data', async () => {
  const { source, destination, both } = await twoAccounts();
  const auth = device();
  const { identityId: from } = await auth.login(source.credentials);
  const { identityId: to } = await device().login(destination.credentials);
  const given = await auth.credentials();
  const { first } = heard(auth.onIdentityChanged);
  const signedOut = heard(auth.onSignedOut);
  assert.deepEqual(await auth.merge(both), { identityId: to, sourceIdentityId: from, outcome: 'merged' });
  assert.deepEqual(await first, { from, to, reason: 'merge' });
  assert.equal(given.expiration.getTime(), 0);
  assert.equal((await auth.credentials()).identityId, to);
  assert.deepEqual(
    (await auth.account()).developerUserIdentifiers.sort(),
    [source.userId, destination.userId].sort(),
  );
  await auth.credentials({ forceRefresh: true });
  assert.deepEqual(signedOut.events, []);
});

test('who is signed in as the destination stays as they are', async () => {
  const { source, destination, both } = await twoAccounts();
  const auth = device();
  await device().login(source.credentials);
  const { identityId } = await auth.login(destination.credentials);
  const given = await auth.credentials();
  const { events } = heard(auth.onIdentityChanged);
  assert.equal((await auth.merge(both)).outcome, 'merged');
  assert.deepEqual(await auth.credentials(), given);
  assert.equal((await auth.merge(both)).outcome, 'already-merged');
  assert.deepEqual([events, given.identityId], [[], identityId]);
});

test('a dry run changes nothing', async () => {
  const { source, destination, both } = await twoAccounts();
  const auth = device();
  await device().login(destination.credentials);
  const { identityId } = await auth.login(source.credentials);
  const { events } = heard(auth.onIdentityChanged);
  assert.equal((await auth.merge({ ...both, dryRun: true })).outcome, 'would-merge');
  assert.equal((await auth.credentials({ forceRefresh: true })).identityId, identityId);
  assert.deepEqual(events, []);
});

test('a merge whose answer got lost is sent again with the same key, and is one merge', async () => {
  const { source, destination, both } = await twoAccounts();
  const auth = device();
  await auth.login(source.credentials);
  await device().login(destination.credentials);
  decide(({ name }, number) => (name === '/account/merge' && number === 1 ? 'lost' : undefined));
  assert.equal((await auth.merge(both)).outcome, 'merged');
  const keys = sent('/account/merge').map(({ headers }) => headers['idempotency-key']);
  assert.equal(keys.length, 2);
  assert.ok(keys[0]);
  assert.equal(keys[0], keys[1]);
});

/** A refusal of the service's. No Retry-After: tests have no time. */
const conflict = (code: string) => new Response(JSON.stringify({ code }), { status: 409 });

test('a merge that still runs is asked after until it has an answer, and not for ever', async () => {
  const { source, destination, both } = await twoAccounts();
  await device().login(source.credentials);
  await device().login(destination.credentials);
  const running = conflict('idempotency_in_progress');
  decide((_, number) => (number < 8 ? running : number < 10 ? 'cut' : undefined));
  const auth = device();
  const { outcome } = await auth.merge(both);
  assert.deepEqual([outcome, sent().length], ['merged', 10]);
  assert.equal(new Set(sent().map(({ headers }) => headers['idempotency-key'])).size, 1);
  decide(() => running);
  await assert.rejects(auth.merge(both), { code: 'idempotency_in_progress', isTransient: true });
  assert.equal(sent().length, 13);
});

test('a merge that another change is in the way of is sent again, twice', async () => {
  const { source, destination, both } = await twoAccounts();
  await device().login(source.credentials);
  await device().login(destination.credentials);
  const other = conflict('change_in_progress');
  decide(() => other);
  await assert.rejects(device().merge(both), { code: 'change_in_progress', isTransient: true });
  assert.equal(sent().length, 3);
  decide((_, number) => (number < 3 ? other : undefined));
  assert.equal((await device().merge(both)).outcome, 'merged');
});

test('a merge that the network ends in its middle tells the app once: what to move, and that it is signed out', async () => {
  const { source, destination, both } = await twoAccounts();
  const { storage } = testStorage();
  const auth = device({ storage });
  const { identityId: from } = await auth.login(source.credentials);
  const { identityId: to } = await device().login(destination.credentials);
  const moved = heard(auth.onIdentityChanged);
  const signedOut = heard(auth.onSignedOut);
  decide(({ name }) => (name === '/login' ? 'cut' : undefined));
  await auth.merge(both);
  assert.deepEqual(await moved.first, { from, to, reason: 'merge' });
  assert.deepEqual(await signedOut.first, { identityId: from, reason: 'session_ended' });
  assert.equal(await auth.identity(), undefined);
});

test('a merge needs the passwords of both', async () => {
  const { both } = await twoAccounts();
  const wrong = { ...both, source: { ...both.source, password: 'wrong' } };
  await assert.rejects(device().merge(wrong), { code: 'invalid_credentials' });
});

test('a device that was not there learns of a merge by the service, and asks to log in', async () => {
  const { source, destination, both } = await twoAccounts();
  const [phone, laptop] = [device(), device()];
  await phone.login(source.credentials);
  const { identityId } = await laptop.login(destination.credentials);
  // The token still lasts, the identity is disabled.
  const { first } = heard(phone.onSignedOut);
  await laptop.merge(both);
  await assert.rejects(phone.credentials(), { code: 'invalid_refresh_token' });
  assert.equal((await first).reason, 'session_ended');
  assert.equal((await phone.login(source.credentials)).identityId, identityId);
});

test('who unlinks a login of theirs has what remains, and who unlinks their own is somebody new', async () => {
  const { source, destination, both } = await twoAccounts();
  const auth = device();
  await device().login(source.credentials);
  const { identityId } = await auth.login(destination.credentials);
  await auth.merge(both);
  await auth.unlink({ credentials: destination.credentials, developerUserIdentifier: source.userId });
  assert.deepEqual((await auth.account()).developerUserIdentifiers, [destination.userId]);
  assert.equal((await auth.credentials()).identityId, identityId);
  assert.notEqual((await device().login(source.credentials)).identityId, identityId);
  const own = { credentials: destination.credentials, developerUserIdentifier: destination.userId };
  await assert.rejects(auth.unlink(own), { code: 'last_login', status: 409 });
});

test('who unlinked the login of this very session has the credentials of its identity no more', async () => {
  const { source, destination, both } = await twoAccounts();
  const auth = device();
  await device().login(source.credentials);
  const { identityId } = await auth.login(destination.credentials);
  await auth.merge(both);
  const given = await auth.credentials();
  await auth.unlink({ credentials: source.credentials, developerUserIdentifier: destination.userId });
  assert.equal(given.expiration.getTime(), 0);
  const next = await auth.credentials().catch(({ code }) => ({ identityId: code }));
  assert.notEqual(next.identityId, identityId);
});

test('a session whose identity was changed by somebody else goes on, and the app is told', async () => {
  const { credentials, userId } = await newUser();
  const auth = device();
  const { identityId: from } = await auth.login(credentials);
  const given = await auth.credentials();
  await admin.send(
    new UnlinkDeveloperIdentityCommand({
      IdentityId: from,
      IdentityPoolId: identityPoolId,
      DeveloperProviderName: developerProviderName,
      DeveloperUserIdentifier: userId,
    }),
  );
  const { first } = heard(auth.onIdentityChanged);
  const { identityId: to } = await auth.credentials({ forceRefresh: true });
  assert.notEqual(to, from);
  assert.deepEqual(await first, { from, to, reason: 'refresh' });
  assert.equal(given.expiration.getTime(), 0);
});
