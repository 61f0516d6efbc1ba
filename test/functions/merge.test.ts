import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MergeDeveloperIdentitiesCommand } from '@aws-sdk/client-cognito-identity';
import { developerProviderName } from '../../local/settings.ts';
import { startFront } from '../support/front.ts';
import { publicProvider } from '../support/public-provider.ts';
import { newId, staffStack } from '../support/staff.ts';

const google = await publicProvider();
const front = await startFront();
const { stack, ok, refused, newIdentity, newUser, client } = await staffStack(
  { PUBLIC_PROVIDERS: google.name, AWS_ENDPOINT_URL_COGNITO_IDENTITY: front.url },
  { providers: google.providers },
);
front.target = stack.cognito.endpoint;
await google.addTo(client, stack.identityPoolId);

const bodyOf = (source: { userId: string }, destination: { userId: string }) => ({
  sourceUserIdentifier: source.userId,
  destinationUserIdentifier: destination.userId,
  reason: 'ticket 7',
});
const idsOf = async (developerUserIdentifier: string) =>
  (await ok('lookup', { query: { developerUserIdentifier } })).identityId;

test('the source goes, the destination stays, and both users have it', async () => {
  const [source, destination] = [await newIdentity(), await newIdentity()];
  assert.deepEqual(await ok('merge', { body: bodyOf(source, destination) }), {
    identityId: destination.identityId,
    sourceIdentityId: source.identityId,
    outcome: 'merged',
  });
  assert.equal(await idsOf(source.userId), destination.identityId);
  assert.equal(await idsOf(destination.userId), destination.identityId);
});

test('merged already, or one user with themself: said, and nothing happens', async () => {
  const [source, destination] = [await newIdentity(), await newIdentity()];
  await ok('merge', { body: bodyOf(source, destination) });
  const { identityId } = destination;
  const same = { identityId, sourceIdentityId: identityId, outcome: 'already-merged' };
  assert.deepEqual(await ok('merge', { body: bodyOf(source, destination) }), same);
  assert.deepEqual(await ok('merge', { body: bodyOf(destination, source) }), same);
  assert.deepEqual(await ok('merge', { body: bodyOf(source, source) }), same);
  assert.equal((await ok('audit', { params: { identityId } })).entries.length, 1);
});

test('a dry run says what would happen and changes nothing', async () => {
  const [source, destination] = [await newUser(), await newUser()];
  const body = { ...bodyOf(source, destination), dryRun: true };
  assert.deepEqual(await ok('merge', { body }), {
    identityId: destination.identityId,
    sourceIdentityId: source.identityId,
    outcome: 'would-merge',
  });
  assert.equal(await idsOf(source.userId), source.identityId);
  for (const { identityId } of [source, destination])
    assert.deepEqual(await ok('audit', { params: { identityId } }), { entries: [] });
  await ok('refresh', { body: { refreshToken: source.refreshToken } });
  const unknown = { ...body, sourceUserIdentifier: newId() };
  await refused('merge', { body: unknown }, 'identity_not_found');
});

test("the source's sessions end, the destination's go on", async () => {
  const [source, destination] = [await newUser(), await newUser()];
  await ok('merge', { body: bodyOf(source, destination) });
  await refused('refresh', { body: { refreshToken: source.refreshToken } }, 'invalid_refresh_token');
  const { identityId } = await ok('refresh', { body: { refreshToken: destination.refreshToken } });
  assert.equal(identityId, destination.identityId);
  assert.equal((await ok('login', { body: source.credentials })).identityId, identityId);
});

test('a user who is not there is 404 on either side, and nobody is made', async () => {
  const known = await newIdentity();
  const unknown = { userId: newId() };
  const [source, destination] = ['#/sourceUserIdentifier', '#/destinationUserIdentifier'];
  for (const [body, wrong] of [
    [bodyOf(unknown, known), [source]],
    [bodyOf(known, unknown), [destination]],
    [bodyOf(unknown, unknown), [source, destination]],
  ] as const) {
    assert.deepEqual((await refused('merge', { body }, 'identity_not_found')).wrong, wrong);
  }
  await refused('lookup', { query: { developerUserIdentifier: unknown.userId } }, 'identity_not_found');
});

test('20 logins are an identity, 21 are too many', async () => {
  const many = await newIdentity(...Array.from({ length: 19 }, newId));
  const [one, other] = [await newIdentity(), await newIdentity()];
  await ok('merge', { body: bodyOf(one, many) });
  await refused('merge', { body: bodyOf(other, many) }, 'too_many_logins');
  await refused('merge', { body: { ...bodyOf(other, many), dryRun: true } }, 'too_many_logins');
  assert.equal(await idsOf(other.userId), other.identityId);
});

test('two users of one public provider stay two, one of each merges with its login', async () => {
  const ada = await newUser({ logins: await google.login('ada') });
  const bob = await newUser({ logins: await google.login('bob') });
  await refused('merge', { body: bodyOf(ada, bob) }, 'provider_conflict');
  assert.equal(await idsOf(ada.userId), ada.identityId);
  const plain = await newUser();
  await ok('merge', { body: bodyOf(ada, plain) });
  const { publicProviders } = await ok('account', { token: plain.token });
  assert.deepEqual(publicProviders, [google.name]);
});

/** Sends a merge that Cognito gets only after something else is done. Answers both. */
const overtake = async <Fast>(slow: ReturnType<typeof bodyOf>, fast: () => Promise<Fast>) => {
  const arrived = Promise.withResolvers<void>();
  const overtaken = Promise.withResolvers<void>();
  front.take = async (operation, _response, sent) => {
    if (
      operation === 'MergeDeveloperIdentities' &&
      sent.includes(`"SourceUserIdentifier":"${slow.sourceUserIdentifier}"`)
    ) {
      arrived.resolve();
      await overtaken.promise;
    }
    return false;
  };
  const first = ok('merge', { body: slow });
  await arrived.promise;
  const second = await fast();
  overtaken.resolve();
  front.take = undefined;
  return [await first, second] as const;
};

/** Behind the service's back, as another tool does it. */
const mergeInCognito = ({ reason: _, ...users }: ReturnType<typeof bodyOf>) =>
  client.send(
    new MergeDeveloperIdentitiesCommand({
      IdentityPoolId: stack.identityPoolId,
      DeveloperProviderName: developerProviderName,
      SourceUserIdentifier: users.sourceUserIdentifier,
      DestinationUserIdentifier: users.destinationUserIdentifier,
    }),
  );

test('one change to an identity at a time: the others are to come later', async () => {
  const [one, other, third] = [await newIdentity(newId(), newId()), await newIdentity(), await newIdentity()];
  const { identityId, userId: developerUserIdentifier } = one;
  const refuseOthers = async () => {
    const code = 'change_in_progress';
    const { headers } = await refused('merge', { body: bodyOf(other, one) }, code);
    assert.equal(headers.get('retry-after'), '5');
    await refused('merge', { body: bodyOf(one, third) }, code);
    await refused('unlink', { body: { identityId, developerUserIdentifier, reason: 'r' } }, code);
    await refused('delete-identity', { params: { identityId }, body: { reason: 'r' } }, code);
    const destination = { identityId: other.identityId, developerUserIdentifier: other.userId };
    await refused('merge', { body: bodyOf(third, other) }, code);
    await refused('merge', { body: bodyOf(other, third) }, code);
    await refused('unlink', { body: { ...destination, reason: 'r' } }, code);
    const erasure = { params: { identityId: other.identityId }, body: { reason: 'r' } };
    await refused('delete-identity', erasure, code);
  };
  const [merged] = await overtake(bodyOf(one, other), refuseOthers);
  assert.equal(merged.outcome, 'merged');
  const { identityId: last } = await ok('merge', { body: bodyOf(one, third) });
  assert.equal(last, third.identityId);
});

test('a merge that the opposite one overtook is not announced the wrong way round', async () => {
  const [one, other] = [await newIdentity(), await newIdentity()];
  const [slow] = await overtake(bodyOf(one, other), () => mergeInCognito(bodyOf(other, one)));
  const { identityId } = one;
  assert.deepEqual(slow, { identityId, sourceIdentityId: identityId, outcome: 'already-merged' });
  for (const { identityId } of [one, other]) {
    const { entries } = await ok('audit', { params: { identityId } });
    assert.deepEqual(
      entries.map(({ outcome }) => outcome),
      ['refused'],
    );
  }
});

test('a merge whose destination was merged away meanwhile tells where the data belongs now', async () => {
  const [one, two, three] = [await newIdentity(), await newIdentity(), await newIdentity()];
  const [slow] = await overtake(bodyOf(one, two), () => mergeInCognito(bodyOf(two, three)));
  const { identityId } = three;
  assert.deepEqual(slow, { identityId, sourceIdentityId: one.identityId, outcome: 'merged' });
  const { entries } = await ok('audit', { params: { identityId: one.identityId } });
  assert.deepEqual(
    entries.map((entry) => [entry.outcome, entry.destinationIdentityId]),
    [['done', identityId]],
  );
});

const good = bodyOf({ userId: 'a' }, { userId: 'b' });
const malformed: [name: string, body: object, wrong: string[]][] = [
  ['nothing', {}, ['#/sourceUserIdentifier', '#/destinationUserIdentifier', '#/reason']],
  ['no reason', { ...good, reason: undefined }, ['#/reason']],
  ['an empty reason', { ...good, reason: '' }, ['#/reason']],
  ['an over-long reason', { ...good, reason: 'x'.repeat(501) }, ['#/reason']],
  [
    'an over-long identifier',
    { ...good, sourceUserIdentifier: 'x'.repeat(1_025) },
    ['#/sourceUserIdentifier'],
  ],
  ['a list of identifiers', { ...good, destinationUserIdentifier: ['b'] }, ['#/destinationUserIdentifier']],
  ['a flag in words', { ...good, dryRun: 'false' }, ['#/dryRun']],
  [
    'members of the record',
    { ...good, actor: 'x', outcome: 'x', identityId: 'x' },
    ['#/actor', '#/outcome', '#/identityId'],
  ],
];
for (const [name, body, wrong] of malformed) {
  test(`${name}: 400 naming it`, async () => {
    assert.deepEqual((await refused('merge', { body }, 'invalid_request')).wrong, wrong);
  });
}

test('a query parameter, or a bad Idempotency-Key: 400', async () => {
  const { wrong } = await refused('merge', { body: good, query: 'dryRun=true' }, 'invalid_request');
  assert.deepEqual(wrong, ['query dryRun']);
  for (const key of ['', 'a b', 'x'.repeat(256)]) {
    const headers = { 'idempotency-key': key };
    const refusal = await refused('merge', { body: good, headers }, 'invalid_request');
    assert.deepEqual(refusal.wrong, ['header Idempotency-Key']);
  }
});
