import assert from 'node:assert/strict';
import { test } from 'node:test';
import { merge, type Prepared, unlink } from './scenarios.ts';
import { freezeClock, resetClock, resume } from './steps.ts';
import { startWorld } from './world.ts';

freezeClock();
const world = await startWorld();

/** Sends a request that is cut off at the first call of an operation. */
const cutOff = async ({ send }: Prepared, operation: string) => {
  let down = false;
  world.proxy.decide((call) => {
    down ||= call.operation === operation;
    return down ? 'cut' : undefined;
  });
  assert.equal((await send()).status, 503);
  world.proxy.decide(() => undefined);
  const [intent] = await world.openIntents<{ change: Record<string, string> }>();
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
  const reason = 'moved on';
  await world.call('DELETE', `/identities/${change.sourceIdentityId}`, { reason });
  await resume(world);
  await resume(world);
  assert.deepEqual(await world.loginsOf(change.identityId ?? ''), [change.destinationUserIdentifier]);
  assert.deepEqual(await outcomes(change.identityId), ['identity.merged refused']);
  assert.deepEqual((await outcomes(change.sourceIdentityId)).sort(), [
    'identity.deleted done',
    'identity.merged refused',
  ]);
  assert.ok(!(await world.auditOf(change.identityId ?? '')).some(({ announce }) => announce));
});

test('a merge that was done and recorded stays so, wherever its users moved on to', async () => {
  resetClock();
  const change = await cutOff(await merge.prepare(world), 'Query');
  const unlinked = await unlinkNow(change.identityId, change.sourceUserIdentifier);
  assert.equal(unlinked.status, 204);
  await resume(world);
  assert.deepEqual(await outcomes(change.sourceIdentityId), ['identity.merged done']);
  assert.deepEqual((await outcomes(change.identityId)).sort(), [
    'identity.merged done',
    'identity.unlinked done',
  ]);
});

test('a login that became the last one since stays linked', async () => {
  resetClock();
  const change = await cutOff(await unlink.prepare(world), 'UnlinkDeveloperIdentity');
  const { identityId = '', developerUserIdentifier } = change;
  const other = (await world.loginsOf(identityId)).find((user) => user !== developerUserIdentifier);
  assert.equal((await unlinkNow(identityId, other)).status, 204);
  await resume(world);
  assert.deepEqual(await world.loginsOf(identityId), [developerUserIdentifier]);
  assert.deepEqual((await outcomes(identityId)).sort(), [
    'identity.unlinked done',
    'identity.unlinked refused',
  ]);
});

test('an unlink whose identity was merged away meanwhile is closed as refused', async () => {
  resetClock();
  const change = await cutOff(await unlink.prepare(world), 'UnlinkDeveloperIdentity');
  const { identityId = '', developerUserIdentifier } = change;
  const { userId } = await world.logIn(await world.user());
  const merged = await world.call('POST', '/merge', {
    sourceUserIdentifier: developerUserIdentifier,
    destinationUserIdentifier: userId,
    reason: 'moved on',
  });
  assert.equal(merged.status, 200);
  await resume(world);
  assert.deepEqual(await world.openIntents(), []);
  assert.ok((await outcomes(identityId)).includes('identity.unlinked refused'));
});
