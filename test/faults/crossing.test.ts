import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Call } from '../support/aws-proxy.ts';
import { freezeClock, passTime, resetClock, resume } from './steps.ts';
import { type Answer, type SignedInUser, startWorld } from './world.ts';

freezeClock();
const world = await startWorld();

const pair = async () => {
  resetClock();
  return [await world.logIn(await world.user()), await world.logIn(await world.user())] as const;
};
const merge = (source: SignedInUser, destination: SignedInUser) =>
  world.call('POST', '/merge', {
    sourceUserIdentifier: source.userId,
    destinationUserIdentifier: destination.userId,
    reason: 'r',
  });
const erase = ({ identityId }: SignedInUser) =>
  world.call('DELETE', `/identities/${identityId}`, { reason: 'r' });

const outcomes = async ({ identityId }: SignedInUser) =>
  (await world.auditOf(identityId)).map(({ action, outcome }) => `${action} ${outcome}`);

/** Cuts all off from a request's call on, or from the one after it. */
const cutOff = async (send: () => Promise<Answer>, last: (call: Call) => boolean, when: 'at' | 'after') => {
  let down = false;
  world.proxy.decide((call) => {
    if (down) return 'cut';
    down = last(call);
    return down && when === 'at' ? 'cut' : undefined;
  });
  assert.equal((await send()).status, 503);
  world.proxy.decide(() => undefined);
};
const isChange = ({ operation }: Call) => /^(MergeDeveloper|Delete)Identities$/.test(operation);
const isPut = ({ operation }: Call) => operation === 'PutItem';

test('a merge that is about to begin while its destination is being erased: nobody else is erased', async () => {
  const [source, destination] = await pair();
  const [writing, erasing, merged] = [0, 1, 2].map(() => Promise.withResolvers<undefined>());
  world.proxy.decide(({ operation }) => {
    // The merge's intent, and after it the deletion's.
    const first = operation === 'PutItem' && writing;
    if (first && world.proxy.calls().filter(isPut).length === 1) {
      first.resolve(undefined);
      return erasing?.promise;
    }
    if (operation !== 'DeleteIdentities') return undefined;
    erasing?.resolve(undefined);
    return merged?.promise;
  });
  const merging = merge(source, destination);
  await writing?.promise;
  const erased = erase(destination);
  assert.equal((await merging).body.code, 'change_in_progress');
  merged?.resolve(undefined);
  assert.equal((await erased).status, 204);
  assert.equal(await world.identityOf(source), source.identityId);
  assert.equal((await world.sessionsOf(source)).length, 1);
  assert.deepEqual(await outcomes(source), []);
  assert.deepEqual(await outcomes(destination), ['identity.deleted done']);
  assert.deepEqual(await world.openIntents(), []);
});

test('what a merge gives to is not erased before its end is announced', async () => {
  const [source, destination] = await pair();
  await cutOff(() => merge(source, destination), isChange, 'after');
  assert.equal((await erase(destination)).body.code, 'change_in_progress');
  await resume(world);
  assert.equal((await erase(destination)).status, 204);
  assert.deepEqual(await outcomes(source), ['identity.merged done']);
});

test('two merges cut off before either held its destination, each the opposite of the other: one is done', async () => {
  const [one, other] = await pair();
  await cutOff(() => merge(one, other), isPut, 'after');
  await cutOff(() => merge(other, one), isPut, 'after');
  assert.equal((await world.openIntents()).length, 2);
  await resume(world);
  assert.ok(await world.identityOf(one));
  assert.equal(await world.identityOf(one), await world.identityOf(other));
});

test('one that was cut off before it held its destination ends without a change, if another took that one', async () => {
  const [source, destination] = await pair();
  await cutOff(() => merge(source, destination), isPut, 'after');
  passTime(1);
  await cutOff(() => erase(destination), isChange, 'at');
  await resume(world);
  assert.equal(await world.identityOf(source), source.identityId);
  assert.deepEqual(await outcomes(source), []);
  assert.deepEqual(await outcomes(destination), ['identity.deleted done']);
});

test('an identity is free once what held it is over, though its release was cut off', async () => {
  const [source, destination] = await pair();
  let deletes = 0;
  const isRelease = ({ operation }: Call) => operation === 'DeleteItem' && ++deletes > 2;
  await cutOff(() => merge(source, destination), isRelease, 'at');
  assert.deepEqual(await world.openIntents(), []);
  assert.equal((await erase(destination)).status, 204);
});
