import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SessionStorage } from '../../client/index.ts';
import { sessionStore } from '../../client/storage.ts';
import { frozenClock } from '../support/sessions.ts';
import { clientWorld, heard, testStorage } from './world.ts';

const world = await clientWorld();
const { device, decide, sent, newUser } = world;

/** Two tabs of one browser: they share the storage, and Web Locks. */
const twoTabs = async () => {
  const { credentials } = await newUser();
  const { items, storage } = testStorage();
  const tabs = [device({ storage }), device({ storage })] as const;
  const { identityId } = await tabs[0].login(credentials);
  decide();
  return { tabs, items, storage, identityId, credentials };
};

/** What is left of an instance that ended without a word, and whoever comes after it. */
const restarted = (items: Map<string, string>) => {
  const { storage, items: copy } = testStorage();
  for (const [key, value] of items) copy.set(key, value);
  return device({ storage });
};

test('a session outlives a restart, without asking for a password', async () => {
  const { items, identityId } = await twoTabs();
  const auth = restarted(items);
  assert.deepEqual(await auth.identity(), { identityId, isGuest: false });
  assert.equal((await auth.credentials()).identityId, identityId);
  assert.deepEqual(
    sent().map(({ name }) => name),
    ['/refresh', 'GetCredentialsForIdentity'],
  );
});

test('what is stored is the refresh token alone, under keys of the pool and the identity that any storage takes', async () => {
  const { items, tabs, identityId } = await twoTabs();
  await tabs[0].credentials();
  const key = `developer-identity.${world.identityPoolId}`.replace(':', '_');
  assert.deepEqual([...items.keys()].sort(), [key, `${key}.${identityId.replace(':', '_')}`]);
  const session = JSON.parse([...items.values()].find((value) => value.startsWith('{')) ?? '');
  assert.deepEqual(Object.keys(session).sort(), ['identityId', 'refreshToken']);
  for (const each of items.keys()) assert.match(each, /^[\w.-]+$/);
});

test('without a storage nothing is shared', async () => {
  const { credentials } = await newUser();
  await device().login(credentials);
  assert.equal(await device().identity(), undefined);
});

test('two tabs refresh at the same moment, for days, and never with a token that was used', async (t) => {
  const clock = frozenClock(t);
  const { tabs, identityId } = await twoTabs();
  for (let hour = 0; hour < 5; hour++) {
    clock.advance(3600);
    const both = await Promise.all(tabs.map((tab) => tab.credentials()));
    assert.deepEqual(
      both.map((each) => each.identityId),
      [identityId, identityId],
    );
  }
  const tokens = sent('/refresh').map(({ body }) => body.refreshToken);
  assert.equal(tokens.length, 10);
  assert.equal(new Set(tokens).size, 10);
});

test('twenty instances of one storage at once are no replay either, with or without Web Locks', async (t) => {
  for (const hasLocks of [true, false]) {
    const { storage, identityId } = await twoTabs();
    if (!hasLocks) {
      t.mock.getter(globalThis.navigator, 'locks', () => undefined);
      assert.equal(navigator.locks, undefined);
    }
    const many = Array.from({ length: 20 }, () => device({ storage }));
    const all = await Promise.all(many.map((each) => each.credentials()));
    assert.ok(all.every((each) => each.identityId === identityId));
    const tokens = sent('/refresh').map(({ body }) => body.refreshToken);
    assert.deepEqual([tokens.length, new Set(tokens).size], [20, 20]);
  }
});

test('a tab learns at its next call that another signed out, and its clients of the SDK have nothing left', async () => {
  const { tabs, identityId } = await twoTabs();
  const given = await tabs[1].credentials();
  const { first } = heard(tabs[1].onSignedOut);
  await tabs[0].logout();
  await assert.rejects(tabs[1].credentials(), { code: 'signed_out' });
  assert.deepEqual(await first, { identityId, reason: 'elsewhere' });
  assert.equal(given.expiration.getTime(), 0);
});

test('a tab shows nothing of the first user once another signed in elsewhere', async () => {
  const { tabs, identityId } = await twoTabs();
  await tabs[1].credentials();
  const bob = await tabs[0].login((await newUser()).credentials);
  assert.equal((await tabs[1].credentials()).identityId, bob.identityId);
  assert.deepEqual(await tabs[1].identity(), { ...bob, isGuest: false });
  assert.notEqual(bob.identityId, identityId);
});

test('one that waits holds up nobody of another name', async (t) => {
  t.mock.getter(globalThis.navigator, 'locks', () => undefined);
  const { storage } = testStorage();
  const { promise: answered, resolve: answer } = Promise.withResolvers<Response>();
  const slow = device({ storage, name: 'user.1', fetch: () => answered });
  const quick = device({ storage, name: 'user.2' });
  const waiting = slow.guest();
  await quick.guest();
  assert.equal(await Promise.race([waiting, 'still waiting']), 'still waiting');
  answer(new Response('{}', { status: 404 }));
  await assert.rejects(waiting, { code: 'unexpected_answer' });
});

test('a refresh that was under way when the user changed leaves nothing behind', async () => {
  const { tabs, items } = await twoTabs();
  const late = tabs[0].credentials({ forceRefresh: true });
  const bob = await tabs[1].login((await newUser()).credentials);
  await late;
  assert.equal((await tabs[0].credentials()).identityId, bob.identityId);
  assert.equal([...items.keys()].length, 2);
});

for (const fate of ['cut', 'lost'] as const) {
  test(`a refresh that is ${fate} is sent again with the same token, and the session goes on`, async () => {
    const { tabs } = await twoTabs();
    decide(({ name }, number) => (name === '/refresh' && number < 3 ? fate : undefined));
    await tabs[0].credentials({ forceRefresh: true });
    const tokens = sent('/refresh').map(({ body }) => body.refreshToken);
    assert.deepEqual([tokens.length, new Set(tokens).size], [3, 1]);
    await tabs[1].credentials({ forceRefresh: true });
  });
}

test('a crash before the answer is here costs no session, if the app is back within seconds', async () => {
  const { tabs, items, identityId } = await twoTabs();
  decide(({ name }) => (name === '/refresh' ? 'lost' : undefined));
  await assert.rejects(tabs[0].credentials({ forceRefresh: true }), { code: 'network_error' });
  decide();
  assert.equal((await restarted(items).credentials()).identityId, identityId);
});

test('a refresh token is stored before anything is done with its answer', async () => {
  const { credentials } = await newUser();
  const { items, storage } = testStorage();
  const slow: SessionStorage = {
    ...storage,
    setItem: async (key, value) => {
      await new Promise((resolve) => setTimeout(resolve, 50));
      await storage.setItem(key, value);
    },
  };
  const auth = device({ storage: slow });
  await auth.login(credentials);
  const storedThen: string[] = [];
  decide(({ name }) => {
    if (name === 'GetCredentialsForIdentity') storedThen.push([...items.values()].join());
    return undefined;
  });
  const { identityId } = await auth.credentials({ forceRefresh: true });
  const used = String(sent('/refresh')[0]?.body.refreshToken);
  assert.deepEqual([storedThen.length, storedThen[0]?.includes(used)], [1, false]);
  assert.equal((await restarted(items).credentials()).identityId, identityId);
});

test('a crash between any two writes shows no identity as another’s', async () => {
  const [alice, bob] = [await newUser(), await newUser()];
  const { items, storage } = testStorage();
  const states: Map<string, string>[] = [];
  const watched: SessionStorage = {
    ...storage,
    setItem: async (key, value) => {
      await storage.setItem(key, value);
      states.push(new Map(items));
    },
    removeItem: async (key) => {
      await storage.removeItem(key);
      states.push(new Map(items));
    },
  };
  const auth = device({ storage: watched });
  const one = await auth.login(alice.credentials);
  const other = await auth.login(bob.credentials);
  const known = [one.identityId, other.identityId, undefined];
  assert.ok(states.length >= 5);
  for (const state of states) {
    const found = await restarted(state).identity();
    assert.ok(known.includes(found?.identityId));
    const [pointer] = [...state].find(([, value]) => !value.startsWith('{')) ?? [];
    if (pointer) assert.equal(found?.identityId, state.get(pointer));
  }
  await auth.logout();
  assert.equal(items.size, 0);
});

test('a storage that can’t be written costs the session at the restart, not before', async (t) => {
  const { credentials } = await newUser();
  const { items, storage } = testStorage();
  let isFull = false;
  const full: SessionStorage = {
    ...storage,
    setItem: (key, value) => (isFull ? Promise.reject(new Error('full')) : storage.setItem(key, value)),
  };
  const clock = frozenClock(t);
  const auth = device({ storage: full });
  await auth.login(credentials);
  isFull = true;
  for (let hour = 0; hour < 3; hour++) {
    clock.advance(3600);
    await auth.credentials();
  }
  isFull = false;
  clock.advance(3600);
  const { identityId } = await auth.credentials();
  assert.equal((await restarted(items).credentials()).identityId, identityId);
});

/** Two tabs, and a storage that the first can’t write when told so. */
const fullInOne = async () => {
  const { credentials } = await newUser();
  const { items, storage } = testStorage();
  let isFull = false;
  const setItem: SessionStorage['setItem'] = (key, value) =>
    isFull ? Promise.reject(new Error('full')) : storage.setItem(key, value);
  const [tab, other] = [device({ storage: { ...storage, setItem } }), device({ storage })];
  const { identityId } = await tab.login(credentials);
  const whileFull = async <T>(run: () => Promise<T>) => {
    isFull = true;
    await run().finally(() => {
      isFull = false;
    });
  };
  return { tab, other, items, storage, identityId, credentials, whileFull };
};

test('a write that failed hides nothing of who signed in in another tab since, and signs nobody out', async () => {
  const { tab, other, whileFull } = await fullInOne();
  await whileFull(() => tab.credentials({ forceRefresh: true }));
  const bob = { ...(await other.login((await newUser()).credentials)), isGuest: false };
  assert.deepEqual(await tab.identity(), bob);
  assert.equal((await tab.credentials({ forceRefresh: true })).identityId, bob.identityId);
  assert.deepEqual(await other.identity(), bob);
});

test('a write that failed hides no logout of another tab', async () => {
  const { tab, other, whileFull } = await fullInOne();
  await whileFull(() => tab.credentials({ forceRefresh: true }));
  await other.logout();
  assert.equal(await tab.identity(), undefined);
});

test('a session that another tab refreshed since a write failed goes on with that tab’s token', async (t) => {
  const { tab, other, identityId, whileFull } = await fullInOne();
  const clock = frozenClock(t);
  await whileFull(() => tab.credentials({ forceRefresh: true }));
  for (let refresh = 0; refresh < 2; refresh++) await other.credentials({ forceRefresh: true });
  clock.advance(60);
  assert.equal((await tab.credentials({ forceRefresh: true })).identityId, identityId);
});

test('who signs out whose login could not be written leaves nobody signed in', async () => {
  const { tab, storage, whileFull } = await fullInOne();
  const { credentials } = await newUser();
  await whileFull(() => tab.login(credentials));
  await tab.logout();
  assert.equal(await tab.identity(), undefined);
  assert.equal(await device({ storage }).identity(), undefined);
});

test('a storage that can’t even be read any more keeps the session until the app ends', async () => {
  const { credentials } = await newUser();
  const { storage } = testStorage();
  let isLocked = false;
  const locked = <T>(run: () => T) => (isLocked ? Promise.reject(new Error('locked')) : run());
  const auth = device({
    storage: {
      ...storage,
      getItem: async (key) => locked(() => storage.getItem(key)),
      setItem: async (key, value) => locked(() => storage.setItem(key, value)),
    },
  });
  const { identityId } = await auth.login(credentials);
  decide(({ name }) => {
    if (name === '/refresh') isLocked = true;
    return undefined;
  });
  await auth.credentials({ forceRefresh: true });
  assert.equal((await auth.credentials({ forceRefresh: true })).identityId, identityId);
});

test('a logout leaves the session of who signed in meanwhile, where there are no locks', async () => {
  const { storage, items } = testStorage();
  const store = sessionStore(storage, 'name');
  const [alice, bob] = [{ identityId: 'alice' }, { identityId: 'bob' }];
  await store.write(alice, undefined);
  await sessionStore(storage, 'name').write(bob, undefined);
  await store.clear(alice);
  assert.deepEqual(await store.read(), bob);
  assert.equal(items.size, 2);
});

test('a logout whose storage can’t be cleared says so, and ends the session all the same', async () => {
  const { credentials } = await newUser();
  const { storage, items } = testStorage();
  const removeItem = () => Promise.reject(new Error('locked'));
  const auth = device({ storage: { ...storage, removeItem } });
  await auth.login(credentials);
  await assert.rejects(auth.logout(), /locked/);
  await assert.rejects(restarted(items).credentials(), { code: 'invalid_refresh_token' });
});

test('what somebody else wrote into the storage is no session, and no harm', async () => {
  const { items, tabs, credentials } = await twoTabs();
  for (const [key, value] of items) if (value.startsWith('{')) items.set(key, 'not ours');
  assert.equal(await tabs[0].identity(), undefined);
  await tabs[0].login(credentials);
  await tabs[0].credentials();
});

test('names keep apart what shares a storage, and so does the pool', async () => {
  const { storage } = testStorage();
  const [one, other] = [device({ storage, name: 'user.1' }), device({ storage, name: 'user.2' })];
  const alice = await one.login((await newUser()).credentials);
  const bob = await other.login((await newUser()).credentials);
  assert.equal((await one.credentials()).identityId, alice.identityId);
  assert.equal((await other.credentials()).identityId, bob.identityId);
  const pool = 'us-east-1:00000000-0000-0000-0000-000000000000';
  assert.equal(await device({ storage, name: 'user.1', identityPoolId: pool }).identity(), undefined);
});
