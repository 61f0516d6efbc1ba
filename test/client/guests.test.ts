import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CognitoIdentityClient,
  DeleteIdentitiesCommand,
  UpdateIdentityPoolCommand,
} from '@aws-sdk/client-cognito-identity';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { developerProviderName } from '../../local/settings.ts';
import { clientWorld, heard, testStorage } from './world.ts';

const world = await clientWorld();
const { device, decide, names, sent, newUser, cognito, identityPoolId } = world;
const admin = new CognitoIdentityClient({ endpoint: cognito.endpoint, region: 'us-east-1' });

test('a guest has credentials of a guest, and is the same after a restart', async () => {
  const { storage } = testStorage();
  const auth = device({ storage });
  decide();
  const guest = await auth.guest();
  assert.equal(guest.isGuest, true);
  const { endpoint } = cognito;
  const sts = new STSClient({ endpoint, region: 'us-east-1', credentials: auth.credentials });
  const { Arn } = await sts.send(new GetCallerIdentityCommand());
  sts.destroy();
  assert.match(Arn ?? '', /assumed-role\/local-unauthenticated/);
  assert.deepEqual(names(), ['GetId', 'GetCredentialsForIdentity']);

  const again = device({ storage });
  assert.deepEqual(await again.identity(), guest);
  assert.deepEqual(await again.guest(), guest);
  assert.deepEqual(await again.guest(), guest);
  assert.deepEqual(names(), ['GetId', 'GetCredentialsForIdentity', 'GetCredentialsForIdentity']);
  await assert.rejects(again.token(), { code: 'signed_out' });
});

test('many who start as a guest at once are one guest', async () => {
  const { storage } = testStorage();
  const guests = await Promise.all(Array.from({ length: 5 }, () => device({ storage }).guest()));
  assert.equal(new Set(guests.map(({ identityId }) => identityId)).size, 1);
});

test('a guest who signs in for the first time keeps the identity, with the role of a user', async () => {
  const auth = device();
  const { identityId } = await auth.guest();
  const asGuest = await auth.credentials();
  const moved = heard(auth.onIdentityChanged);
  const { credentials } = await newUser();
  decide();
  assert.deepEqual(await auth.login(credentials), { identityId, guest: 'linked' });
  assert.deepEqual(names(), ['GetOpenIdToken', '/login']);
  const asUser = await auth.credentials();
  assert.notEqual(asUser.accessKeyId, asGuest.accessKeyId);
  assert.equal(asGuest.expiration.getTime(), 0);
  assert.deepEqual(await auth.identity(), { identityId, isGuest: false });
  assert.deepEqual(moved.events, []);
  assert.deepEqual(await auth.guest(), { identityId, isGuest: false });
});

test('a tab that goes on as the guest has the role of the user, once another tab signed in', async () => {
  const { storage } = testStorage();
  const [tab, other] = [device({ storage }), device({ storage })];
  const { identityId } = await tab.guest();
  const asGuest = await tab.credentials();
  await other.login((await newUser()).credentials);
  assert.notEqual((await tab.credentials()).accessKeyId, asGuest.accessKeyId);
  assert.equal(asGuest.expiration.getTime(), 0);
  assert.deepEqual(await tab.identity(), { identityId, isGuest: false });
});

test('a guest who had an account is kept separate, and the app is told what to move', async () => {
  const { credentials } = await newUser();
  const { identityId } = await device().login(credentials);
  const auth = device();
  const guest = await auth.guest();
  const { first } = heard(auth.onIdentityChanged);
  const signedOut = heard(auth.onSignedOut);
  assert.deepEqual(await auth.login(credentials), {
    identityId,
    guest: 'kept-separate',
    guestIdentityId: guest.identityId,
  });
  assert.deepEqual(await first, { from: guest.identityId, to: identityId, reason: 'guest' });
  assert.deepEqual(signedOut.events, []);
  await auth.logout();
  assert.notEqual((await auth.guest()).identityId, guest.identityId);
});

test('a login of a guest whose answer got lost is still the guest’s', async () => {
  const auth = device();
  const { identityId } = await auth.guest();
  const { credentials } = await newUser();
  decide(({ name }, number) => (name === '/login' && number === 1 ? 'lost' : undefined));
  assert.deepEqual(await auth.login(credentials), { identityId, guest: 'linked' });
  assert.equal(sent('/login').length, 2);
});

test('a guest whom Cognito knows no more is replaced, and is in nobody’s way at a login', async () => {
  const { storage } = testStorage();
  const auth = device({ storage });
  const gone = async () => {
    const { identityId } = await auth.guest();
    await admin.send(new DeleteIdentitiesCommand({ IdentityIdsToDelete: [identityId] }));
    return identityId;
  };
  const former = await gone();
  assert.notEqual((await device({ storage }).guest()).identityId, former);
  await gone();
  const { guest } = await auth.login((await newUser()).credentials);
  assert.equal(guest, undefined);
});

test('a guest that can’t be proved is not lost in silence', async (t) => {
  const auth = device();
  const guest = await auth.guest();
  const pool = {
    IdentityPoolId: identityPoolId,
    IdentityPoolName: 'local',
    AllowUnauthenticatedIdentities: true,
    DeveloperProviderName: developerProviderName,
  };
  await admin.send(new UpdateIdentityPoolCommand({ ...pool, AllowClassicFlow: false }));
  t.after(() => admin.send(new UpdateIdentityPoolCommand({ ...pool, AllowClassicFlow: true })));
  await assert.rejects(auth.login((await newUser()).credentials), { code: 'InvalidParameterException' });
  assert.deepEqual(await auth.identity(), guest);
});

test('a guest who logs out is forgotten', async () => {
  const auth = device();
  const { identityId } = await auth.guest();
  const signedOut = heard(auth.onSignedOut);
  decide();
  await auth.logout();
  assert.deepEqual([names(), signedOut.events], [[], []]);
  assert.notEqual((await auth.guest()).identityId, identityId);
});
