import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { type Route, routes } from '../../lib/contract.ts';
import type { Answer, SignedInUser, World } from './world.ts';

export interface Request {
  body: object;
  headers: Record<string, string>;
}

/** One request of fresh users, which may be sent again and again, and what has to be true once it was answered. */
export interface Prepared {
  /** Where a test sends it in another way. */
  request?: Request;
  send: () => Promise<Answer>;
  /** Of the stores, and of the answer when there is one. */
  settled: (answer?: Answer) => Promise<void>;
}

export interface Scenario {
  route: Route;
  prepare: (world: World) => Promise<Prepared>;
}

const reason = 'a test';
const newKey = () => ({ 'idempotency-key': randomUUID() });

const assertRefreshes = async ({ refresh }: World, refreshToken = '') =>
  assert.equal((await refresh(refreshToken)).status, 200);

/** In the table: to use a refresh token would change it. */
const assertSessions = async ({ sessionsOf }: World, user: SignedInUser, count: 0 | 1) =>
  assert.equal((await sessionsOf(user)).length, count, 'sessions');

const assertAudit = async (world: World, identityId: string, action: string, announced: boolean) => {
  const entries = await world.auditOf(identityId);
  assert.deepEqual(
    entries.map((entry) => [entry.action, entry.outcome, entry.announce === true]),
    [[action, 'done', announced]],
  );
};

const pairOf = async ({ user, logIn }: World) => {
  const [source, destination] = [await logIn(await user()), await logIn(await user())];
  return { source, destination };
};

/** Two users of one identity. */
const linkedPair = async (world: World) => {
  const { source, destination } = await pairOf(world);
  await world.link(source, destination);
  return { source, destination, identityId: destination.identityId };
};

const assertMerged = async (
  world: World,
  { source, destination }: Awaited<ReturnType<typeof pairOf>>,
  answer?: Answer,
) => {
  if (answer) {
    assert.deepEqual(answer, {
      status: 200,
      body: {
        identityId: destination.identityId,
        sourceIdentityId: source.identityId,
        outcome: 'merged',
      },
    });
  }
  const logins = await world.loginsOf(destination.identityId);
  assert.deepEqual(logins.sort(), [source.userId, destination.userId].sort());
  assert.deepEqual(await world.loginsOf(source.identityId), []);
  await assertAudit(world, destination.identityId, 'identity.merged', false);
  await assertAudit(world, source.identityId, 'identity.merged', true);
  await assertSessions(world, source, 0);
  await assertSessions(world, destination, 1);
};

const assertUnlinked = async (
  world: World,
  { source, destination, identityId }: Awaited<ReturnType<typeof linkedPair>>,
  answer?: Answer,
) => {
  if (answer) assert.deepEqual([answer.status, answer.body], [204, {}]);
  assert.deepEqual(await world.loginsOf(identityId), [destination.userId]);
  assert.equal(await world.identityOf(source), undefined);
  await assertAudit(world, identityId, 'identity.unlinked', true);
  await assertSessions(world, source, 0);
  await assertSessions(world, destination, 1);
};

export const login: Scenario = {
  route: routes.login,
  async prepare(world) {
    const user = await world.user();
    return {
      send: () => world.call('POST', '/login', user.credentials),
      async settled(answer) {
        if (!answer) return;
        const { identityId = '', refreshToken = '' } = answer.body;
        assert.equal(await world.identityOf(user), identityId);
        assert.deepEqual(await world.loginsOf(identityId), [user.userId]);
        await assertRefreshes(world, refreshToken);
      },
    };
  },
};

export const refresh: Scenario = {
  route: routes.refresh,
  async prepare(world) {
    const user = await world.logIn(await world.user());
    return {
      send: () => world.refresh(user.refreshToken),
      async settled(answer) {
        await assertSessions(world, user, 1);
        if (!answer) return;
        assert.equal(answer.body.identityId, user.identityId);
        await assertRefreshes(world, answer.body.refreshToken);
      },
    };
  },
};

export const merge: Scenario = {
  route: routes.merge,
  async prepare(world) {
    const pair = await pairOf(world);
    const body = {
      sourceUserIdentifier: pair.source.userId,
      destinationUserIdentifier: pair.destination.userId,
      reason,
    };
    const key = newKey();
    return {
      request: { body, headers: key },
      send: () => world.call('POST', '/merge', body, key),
      settled: (answer) => assertMerged(world, pair, answer),
    };
  },
};

export const mergeAccounts: Scenario = {
  route: routes['merge-accounts'],
  async prepare(world) {
    const pair = await pairOf(world);
    const body = { source: pair.source.credentials, destination: pair.destination.credentials };
    const key = newKey();
    return {
      send: () => world.call('POST', '/account/merge', body, key),
      settled: (answer) => assertMerged(world, pair, answer),
    };
  },
};

export const unlink: Scenario = {
  route: routes.unlink,
  async prepare(world) {
    const pair = await linkedPair(world);
    const body = { identityId: pair.identityId, developerUserIdentifier: pair.source.userId, reason };
    const key = newKey();
    return {
      send: () => world.call('POST', '/unlink', body, key),
      settled: (answer) => assertUnlinked(world, pair, answer),
    };
  },
};

/** Of the login that the user signs in with: afterwards they are of another identity, or of none. */
export const unlinkAccount: Scenario = {
  route: routes['unlink-account'],
  async prepare(world) {
    const pair = await linkedPair(world);
    const body = { credentials: pair.source.credentials, developerUserIdentifier: pair.source.userId };
    const key = newKey();
    return {
      send: () => world.call('POST', '/account/unlink', body, key),
      settled: (answer) => assertUnlinked(world, pair, answer),
    };
  },
};

export const deletion: Scenario = {
  route: routes['delete-identity'],
  async prepare(world) {
    const { source, destination, identityId } = await linkedPair(world);
    const key = newKey();
    return {
      send: () => world.call('DELETE', `/identities/${identityId}`, { reason }, key),
      async settled(answer) {
        if (answer) assert.deepEqual([answer.status, answer.body], [204, {}]);
        assert.equal((await world.call('GET', `/identities/${identityId}`)).status, 404);
        await assertAudit(world, identityId, 'identity.deleted', true);
        await assertSessions(world, source, 0);
        await assertSessions(world, destination, 0);
      },
    };
  },
};
