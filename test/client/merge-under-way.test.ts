import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { awsProxy } from '../support/aws-proxy.ts';
import { clientWorld, heard } from './world.ts';

const proxy = await awsProxy();
after(() => proxy.close());
const { device, newUser, dynamodbUrl, cognito } = await clientWorld(proxy.env);
proxy.before({ dynamodb: dynamodbUrl, cognito: cognito.endpoint });

test('a merge whose connection ends while it runs succeeds, and its user stays signed in', async () => {
  const [source, destination] = [await newUser(), await newUser()];
  const { promise: isRunning, resolve: runs } = Promise.withResolvers<void>();
  let attempts = 0;
  const flaky = async (url: string, init: RequestInit) => {
    const answer = fetch(url, { ...init, signal: null });
    if (!url.endsWith('/account/merge') || ++attempts > 1) return answer;
    await isRunning;
    throw new TypeError('connection reset');
  };
  const auth = device({ fetch: flaky });
  const { identityId: to } = await device().login(destination.credentials);
  await auth.login(source.credentials);
  const signedOut = heard(auth.onSignedOut);
  // Cognito has done it and says nothing: the service asks it again after a second or two.
  proxy.decide(({ operation, attempt }) => {
    if (operation !== 'MergeDeveloperIdentities' || attempt > 1) return undefined;
    runs();
    return 'silent';
  });
  const merged = await auth.merge({ source: source.credentials, destination: destination.credentials });
  assert.equal(merged.identityId, to);
  assert.equal((await auth.credentials({ forceRefresh: true })).identityId, to);
  assert.deepEqual(signedOut.events, []);
});
