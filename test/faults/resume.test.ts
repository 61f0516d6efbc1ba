import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeLimits } from '../../lib/config.ts';
import { groups, keys } from '../../lib/table.ts';
import { merge, type Prepared, unlink } from './scenarios.ts';
import { freezeClock, passTime, resetClock, resume, resumeAfter } from './steps.ts';
import { startWorld } from './world.ts';

freezeClock();
const world = await startWorld();

/** Sends a request that is cut off at the first call of an operation, or after its answer. */
const cutOff = async ({ send }: Pick<Prepared, 'send'>, operation: string, when: 'at' | 'after' = 'at') => {
  let down = false;
  world.proxy.decide((call) => {
    if (down) return 'cut';
    down = call.operation === operation;
    return down && when === 'at' ? 'cut' : undefined;
  });
  const before = (await world.openIntents<{ pk: string }>()).map(({ pk }) => pk);
  assert.equal((await send()).status, 503);
  world.proxy.decide(() => undefined);
  const intents = await world.openIntents<{ pk: string; change: Record<string, string> }>();
  const intent = intents.find(({ pk }) => !before.includes(pk));
  assert.ok(intent);
  return intent.change;
};

const outcomes = async (identityId = '') =>
  (await world.auditOf(identityId)).map(({ action, outcome }) => `${action} ${outcome}`);

const unlinkNow = (identityId = '', developerUserIdentifier = '') =>
  world.call('POST', '/unlink', { identityId, developerUserIdentifier, reason: 'moved on' });

test('what began less than a minute ago is left alone: its request may be running', async () => {
  resetClock();
  const change = await cutOff(await merge.prepare(world), 'MergeDeveloperIdentities');
  assert.deepEqual(await world.resume(), { finished: 0, left: 0 });
  assert.equal((await world.openIntents()).length, 1);
  assert.deepEqual(await world.loginsOf(change.sourceIdentityId ?? ''), [change.sourceUserIdentifier]);
  await resume(world);
  assert.deepEqual(await outcomes(change.sourceIdentityId), ['identity.merged done']);
});

test('users who moved on are not merged: it is closed as refused, and not announced', async () => {
  resetClock();
  const change = await cutOff(await merge.prepare(world), 'MergeDeveloperIdentities');
  const third = await world.logIn(await world.user());
  const { identityId = '', destinationUserIdentifier = '' } = change;
  await world.link({ userId: destinationUserIdentifier }, third);
  await resume(world);
  await resume(world);
  assert.deepEqual(await world.loginsOf(change.sourceIdentityId ?? ''), [change.sourceUserIdentifier]);
  for (const id of [identityId, change.sourceIdentityId])
    assert.deepEqual(await outcomes(id), ['identity.merged refused']);
  assert.ok(!(await world.auditOf(change.sourceIdentityId ?? '')).some(({ announce }) => announce));
});

test('a merge that was done and recorded stays so, wherever its users moved on to', async () => {
  resetClock();
  const change = await cutOff(await merge.prepare(world), 'Query');
  await world.unlink(change.identityId ?? '', change.sourceUserIdentifier ?? '');
  await resume(world);
  for (const id of [change.sourceIdentityId, change.identityId])
    assert.deepEqual(await outcomes(id), ['identity.merged done']);
});

for (const user of ['sourceUserIdentifier', 'destinationUserIdentifier']) {
  test(`a merge that was done and not recorded is announced, though the ${user} was unlinked since`, async () => {
    resetClock();
    const change = await cutOff(await merge.prepare(world), 'MergeDeveloperIdentities', 'after');
    await world.unlink(change.identityId ?? '', change[user] ?? '');
    await resume(world);
    const [entry, ...others] = await world.auditOf(change.sourceIdentityId ?? '');
    assert.deepEqual(others, []);
    assert.partialDeepStrictEqual(entry, {
      action: 'identity.merged',
      outcome: 'done',
      announce: true,
      destinationIdentityId: change.identityId,
    });
  });
}

test('a login that became the last one since stays linked', async () => {
  resetClock();
  const change = await cutOff(await unlink.prepare(world), 'UnlinkDeveloperIdentity');
  const { identityId = '', developerUserIdentifier } = change;
  const other = (await world.loginsOf(identityId)).find((user) => user !== developerUserIdentifier);
  // The service itself leaves the identity alone that long.
  assert.equal((await unlinkNow(identityId, other)).body.code, 'change_in_progress');
  await world.unlink(identityId, other ?? '');
  await resume(world);
  assert.deepEqual(await world.loginsOf(identityId), [developerUserIdentifier]);
  assert.deepEqual(await outcomes(identityId), ['identity.unlinked refused']);
});

test('an unlink whose identity was merged away meanwhile is closed as refused', async () => {
  resetClock();
  const change = await cutOff(await unlink.prepare(world), 'UnlinkDeveloperIdentity');
  const { identityId = '', developerUserIdentifier = '' } = change;
  const destination = await world.logIn(await world.user());
  await world.link({ userId: developerUserIdentifier }, destination);
  await resume(world);
  assert.deepEqual(await outcomes(identityId), ['identity.unlinked refused']);
  assert.ok((await world.loginsOf(destination.identityId)).includes(developerUserIdentifier));
});

test('the last login, unlinked on purpose and cut off then, is unlinked', async () => {
  resetClock();
  const { identityId, userId } = await world.logIn(await world.user());
  const body = { identityId, developerUserIdentifier: userId, reason: 'r', allowLastLogin: true };
  const send = () => world.call('POST', '/unlink', body);
  await cutOff({ send }, 'UnlinkDeveloperIdentity', 'after');
  await resume(world);
  assert.deepEqual(await outcomes(identityId), ['identity.unlinked done']);
});

test('an unlink that was cut off is not done again once the user is linked back', async () => {
  resetClock();
  const user = await world.logIn(await world.user());
  const other = await world.logIn(await world.user());
  await world.link(user, other);
  const { identityId } = other;
  const send = () =>
    world.call('POST', '/account/unlink', {
      credentials: user.credentials,
      developerUserIdentifier: user.userId,
    });
  await cutOff({ send }, 'UnlinkDeveloperIdentity', 'after');
  await world.logIn(user);
  const linkBack = () =>
    world.call('POST', '/merge', {
      sourceUserIdentifier: user.userId,
      destinationUserIdentifier: other.userId,
      reason: 'a mistake',
    });
  // It is either not linked back, or not unlinked again.
  assert.equal((await linkBack()).body.code, 'change_in_progress');
  await resume(world);
  assert.equal((await linkBack()).status, 200);
  await resume(world);
  assert.equal(await world.identityOf(user), identityId);
  assert.deepEqual(await outcomes(identityId), ['identity.unlinked done', 'identity.merged done']);
});

test('one after another, the oldest first: what a run has no time for is left for the next one', async () => {
  const changes: Record<string, string>[] = [];
  for (let count = 0; count < 3; count++) {
    resetClock();
    passTime(count);
    changes.push(await cutOff(await merge.prepare(world), 'MergeDeveloperIdentities'));
  }
  passTime(resumeAfter);
  const before = timeLimits.function;
  timeLimits.function = 0;
  for (const [index, change] of changes.entries()) {
    assert.deepEqual(await outcomes(change.sourceIdentityId), []);
    assert.deepEqual(await world.resume(), { finished: 1, left: changes.length - index - 1 });
    assert.deepEqual(await outcomes(change.sourceIdentityId), ['identity.merged done']);
  }
  timeLimits.function = before;
});

test('one that fails, or that nobody knows how to resume, stops no other', async () => {
  resetClock();
  const intent = { group: groups.intents, actor: 'staff:x', requestId: 'x', request: 'x', kept: false };
  const pk = (name: string) => keys.intent('identity', name);
  await world.put({ ...pk('1'), ...intent, kind: 'rename', change: {}, startedAt: 1 });
  await world.put({ ...pk('2'), ...intent, kind: 'delete', change: {}, startedAt: 2 });
  const change = await cutOff(await merge.prepare(world), 'MergeDeveloperIdentities');
  passTime(resumeAfter);
  assert.deepEqual(await world.resume(), { finished: 1, left: 2 });
  assert.deepEqual(await outcomes(change.sourceIdentityId), ['identity.merged done']);
  assert.deepEqual((await world.openIntents<{ pk: string }>()).map((left) => left.pk).sort(), [
    pk('1').pk,
    pk('2').pk,
  ]);
});
