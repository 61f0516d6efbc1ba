import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guest } from '../support/cognito.ts';
import { startFront } from '../support/front.ts';
import { publicProvider } from '../support/public-provider.ts';
import { staffStack } from '../support/staff.ts';

const google = await publicProvider();
const front = await startFront();
const { ok, refused, newUser, newIdentity, stack, issuer, client } = await staffStack(
  { PUBLIC_PROVIDERS: google.name, AWS_ENDPOINT_URL_COGNITO_IDENTITY: front.url },
  { providers: google.providers },
);
front.target = stack.cognito.endpoint;
await google.addTo(client, stack.identityPoolId);
const reason = 'r';

test('your identity, your identifiers and your dates', async () => {
  const user = await newUser();
  const account = await ok('account', { token: user.token });
  assert.equal(account.identityId, user.identityId);
  assert.deepEqual([account.developerUserIdentifiers, account.publicProviders], [[user.userId], []]);
  assert.ok(Date.parse(account.creationDate) <= Date.parse(account.lastModifiedDate));
});

test("after a merge it has both identifiers, and the source's old token opens nothing", async () => {
  const [source, destination] = [await newUser(), await newUser()];
  const users = { sourceUserIdentifier: source.userId, destinationUserIdentifier: destination.userId };
  await ok('merge', { body: { ...users, reason } });
  const { developerUserIdentifiers } = await ok('account', { token: destination.token });
  assert.deepEqual(developerUserIdentifiers.sort(), [source.userId, destination.userId].sort());
  await refused('account', { token: source.token }, 'identity_disabled');
});

test('an account with logins of public providers only is not looked up', async () => {
  const { identityId, userId, token } = await newUser({ logins: await google.login('ada') });
  await ok('unlink', { body: { identityId, developerUserIdentifier: userId, reason } });
  const asked: string[] = [];
  front.take = (operation) => {
    asked.push(operation);
    return false;
  };
  const { developerUserIdentifiers, publicProviders } = await ok('account', { token });
  front.take = undefined;
  assert.deepEqual([developerUserIdentifiers, publicProviders], [[], [google.name]]);
  assert.deepEqual(asked, ['DescribeIdentity']);
});

test('an identity that was erased: 404', async () => {
  const { identityId, token } = await newUser();
  await ok('delete-identity', { params: { identityId }, body: { reason } });
  await refused('account', { token }, 'identity_not_found');
});

test("a guest has no account, and a staff token is no user's", async () => {
  const visitor = await guest(stack.cognito.endpoint, stack.identityPoolId);
  for (const token of [visitor.token, await issuer.token()]) {
    const { headers } = await refused('account', { token }, 'unauthorized');
    assert.equal(headers.get('www-authenticate'), 'Bearer error="invalid_token"');
  }
});

test("nobody else's account can be asked for", async () => {
  const [{ token }, other] = [await newUser(), await newIdentity()];
  const sent = { token, query: { identityId: other.identityId } };
  assert.deepEqual((await refused('account', sent, 'invalid_request')).wrong, ['query identityId']);
});
