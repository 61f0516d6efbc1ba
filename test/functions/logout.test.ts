import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CognitoIdentityClient, MergeDeveloperIdentitiesCommand } from '@aws-sdk/client-cognito-identity';
import { developerProviderName, demoPassword as password, region } from '../../local/settings.ts';
import { call, frozenClock, refused, sessionsOf, statusAndCode } from '../support/sessions.ts';
import { testStack } from '../support/stack.ts';

const stack = await testStack({ REFRESH_RETRY_SECONDS: '10' });
const { apiUrl, cognito, identityPoolId } = stack;
const { login, logout, refresh, refreshed, newUser, items } = sessionsOf(stack);
const newSession = async () => login((await newUser()).username);
const assertEnded = async (refreshToken: string) =>
  assert.deepEqual(statusAndCode(await refresh(refreshToken)), refused);
const assertLogout = async (refreshToken: string, everywhere?: boolean) => {
  const { status, headers, body } = await logout(refreshToken, everywhere);
  assert.deepEqual([status, headers.get('cache-control'), body], [204, 'no-store', {}]);
};

test('logout ends the session, and that one only', async () => {
  const { username } = await newUser();
  const [here, there] = [await login(username), await login(username)];
  await assertLogout(here);
  await assertEnded(here);
  await refreshed(there);
  const [id = ''] = here.split('.');
  assert.ok(!(await items()).some(({ pk }) => String(pk).includes(id)));
});

test('an unknown token is logged out already, and a known id alone ends nothing', async () => {
  const token = await newSession();
  await assertLogout(token);
  await assertLogout(token);
  await assertLogout('garbage');
  const other = await newSession();
  const [id] = other.split('.');
  await assertLogout(`${id}.${'A'.repeat(65)}`, true);
  await assertLogout(`${id}.`, true);
  await refreshed(other);
});

test('the token before logs out too: the answer with the next one may be lost', async (t) => {
  const clock = frozenClock(t);
  for (const seconds of [0, 600]) {
    const first = await newSession();
    const second = await refreshed(first);
    clock.advance(seconds);
    await assertLogout(first);
    await assertEnded(second);
  }
});

test('a token of however long ago logs out: a client that is late means it, and a replay has to end the session', async () => {
  for (const everywhere of [false, true]) {
    const { username } = await newUser();
    const [first, elsewhere] = [await login(username), await login(username)];
    const fourth = await refreshed(await refreshed(await refreshed(first)));
    await assertLogout(first, everywhere);
    await assertEnded(fourth);
    if (everywhere) await assertEnded(elsewhere);
    else await refreshed(elsewhere);
  }
});

test('everywhere ends all sessions of the user, and of nobody else', async () => {
  const [user, other] = [await newUser(), await newUser()];
  const first = await login(user.username);
  const mine = [first, ...(await Promise.all(Array.from({ length: 4 }, () => login(user.username))))];
  const theirs = await login(other.username);
  await assertLogout(mine[0] ?? '', true);
  for (const token of mine) await assertEnded(token);
  await refreshed(theirs);
  await login(user.username);
});

test('a session that has expired can end nothing', async (t) => {
  const clock = frozenClock(t);
  const { username } = await newUser();
  const old = await login(username);
  clock.advance(1_209_600);
  const fresh = await login(username);
  await assertLogout(old, true);
  await refreshed(fresh);
});

test('what is no refresh token at all is a bad request', async () => {
  for (const body of [{}, { refreshToken: '' }, { refreshToken: 7 }, { refreshToken: 'x'.repeat(513) }]) {
    assert.deepEqual(statusAndCode(await call(`${apiUrl}/logout`, body)), [400, 'invalid_request']);
    assert.deepEqual(statusAndCode(await call(`${apiUrl}/refresh`, body)), [400, 'invalid_request']);
  }
  const token = await newSession();
  const text = await call(`${apiUrl}/logout`, { refreshToken: token, everywhere: 'true' });
  assert.deepEqual(statusAndCode(text), [400, 'invalid_request']);
});

test('a merge of two accounts ends the sessions of the source, and not of the destination', async () => {
  const [source, destination] = [await newUser(), await newUser()];
  const [gone, kept] = [await login(source.username), await login(destination.username)];
  const { status } = await call(`${apiUrl}/account/merge`, {
    source: { username: source.username, password },
    destination: { username: destination.username, password },
  });
  assert.equal(status, 200);
  await assertEnded(gone);
  await refreshed(kept);
});

test('a merge that was made behind the service is followed: the session has the identity of now', async () => {
  const [source, destination] = [await newUser(), await newUser()];
  const [token] = [await login(source.username), await login(destination.username)];
  const merge = new MergeDeveloperIdentitiesCommand({
    IdentityPoolId: identityPoolId,
    DeveloperProviderName: developerProviderName,
    SourceUserIdentifier: source.userId,
    DestinationUserIdentifier: destination.userId,
  });
  const { IdentityId } = await new CognitoIdentityClient({ endpoint: cognito.endpoint, region }).send(merge);
  assert.equal((await refresh(token)).body.identityId, IdentityId);
});
