import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  type CognitoIdentityClient,
  CognitoIdentityServiceException,
  ListIdentitiesCommand,
  LookupDeveloperIdentityCommand,
  MergeDeveloperIdentitiesCommand,
  UnlinkDeveloperIdentityCommand,
} from '@aws-sdk/client-cognito-identity';
import fc from 'fast-check';
import { createPool, logIn, provider, startEmulator } from '../support/emulator.ts';

/** Few users and many merges, so that the actions meet often. */
const users = ['ada', 'bob', 'cyd', 'dan'] as const;
const user = fc.constantFrom(...users);

const action = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('logIn' as const), one: user }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('merge' as const), one: user, other: user }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('unlink' as const), one: user }) },
);
type Action = typeof action extends fc.Arbitrary<infer A> ? A : never;

type Pool = { client: CognitoIdentityClient; IdentityPoolId: string };

/** Undefined when AWS's rules refuse it, as they may in any of these. */
async function perform({ client, IdentityPoolId }: Pool, step: Action): Promise<string | undefined> {
  const at = { IdentityPoolId, DeveloperProviderName: provider };
  try {
    if (step.kind === 'logIn') return (await logIn(client, IdentityPoolId, step.one)).IdentityId;
    if (step.kind === 'merge') {
      const users = { SourceUserIdentifier: step.one, DestinationUserIdentifier: step.other };
      return (await client.send(new MergeDeveloperIdentitiesCommand({ ...at, ...users }))).IdentityId;
    }
    const IdentityId = await identityOf({ client, IdentityPoolId }, step.one);
    if (IdentityId === undefined) return undefined;
    const login = { IdentityId, DeveloperUserIdentifier: step.one };
    await client.send(new UnlinkDeveloperIdentityCommand({ ...at, ...login }));
    return IdentityId;
  } catch (error) {
    assert.ok(error instanceof CognitoIdentityServiceException && error.$fault === 'client', String(error));
    return undefined;
  }
}

async function identityOf({ client, IdentityPoolId }: Pool, name: string): Promise<string | undefined> {
  const lookUp = new LookupDeveloperIdentityCommand({ IdentityPoolId, DeveloperUserIdentifier: name });
  try {
    return (await client.send(lookUp)).IdentityId;
  } catch {
    return undefined;
  }
}

/** User → identity, read from the users' side and checked against the identities' side. */
async function readLinks(pool: Pool): Promise<Map<string, string>> {
  const { client, IdentityPoolId } = pool;
  const links = new Map<string, string>();
  for (const name of users) {
    const id = await identityOf(pool, name);
    if (id !== undefined) links.set(name, id);
  }
  const listing = { IdentityPoolId, MaxResults: 60, HideDisabled: true };
  const { Identities = [] } = await client.send(new ListIdentitiesCommand(listing));
  const held: [string, string][] = [];
  for (const { IdentityId = '' } of Identities) {
    const found = await client.send(new LookupDeveloperIdentityCommand({ IdentityPoolId, IdentityId }));
    assert.notEqual(found.DeveloperUserIdentifierList?.length, 0, 'an enabled identity without logins');
    for (const name of found.DeveloperUserIdentifierList ?? []) held.push([name, IdentityId]);
  }
  assert.equal(held.length, links.size, 'an identifier is lost or held twice');
  assert.deepEqual(new Map(held.sort()), new Map([...links].sort()));
  return links;
}

test('one action after another follows the rules exactly', async (t) => {
  const { client } = await startEmulator(t);
  await fc.assert(
    fc.asyncProperty(fc.array(action, { minLength: 12, maxLength: 24, size: 'max' }), async (steps) => {
      const pool = { client, IdentityPoolId: await createPool(client) };
      const expected = new Map<string, string>();
      for (const step of steps) {
        const answered = await perform(pool, step);
        const known = expected.get(step.one);
        if (step.kind === 'logIn') {
          assert.ok(answered !== undefined && (known ?? answered) === answered);
          if (known === undefined)
            assert.ok(![...expected.values()].includes(answered), 'not a new identity');
          expected.set(step.one, answered);
        } else if (step.kind === 'unlink') {
          assert.equal(answered, known);
          expected.delete(step.one);
        } else {
          const destination = expected.get(step.other);
          assert.equal(answered, known === undefined ? undefined : destination);
          if (known === undefined || destination === undefined) continue;
          for (const [name, id] of expected) if (id === known) expected.set(name, destination);
        }
      }
      assert.deepEqual(await readLinks(pool), new Map(users.flatMap((name) => entry(expected, name))));
    }),
    { numRuns: 15 },
  );
});

function entry(links: Map<string, string>, name: string): [string, string][] {
  const id = links.get(name);
  return id === undefined ? [] : [[name, id]];
}

test('racing actions never lose an identifier nor leave it on two identities', async (t) => {
  const { client } = await startEmulator(t);
  const batch = fc.array(action, { minLength: 2, maxLength: 8, size: 'max' });
  await fc.assert(
    fc.asyncProperty(fc.array(batch, { minLength: 1, maxLength: 3, size: 'max' }), async (batches) => {
      const pool = { client, IdentityPoolId: await createPool(client) };
      const mustBeThere = new Set<string>();
      for (const steps of batches) {
        await Promise.all(steps.map((step) => perform(pool, step)));
        for (const { kind, one } of steps) if (kind === 'logIn') mustBeThere.add(one);
        for (const { kind, one } of steps) if (kind === 'unlink') mustBeThere.delete(one);
        const links = await readLinks(pool);
        for (const name of mustBeThere) assert.ok(links.has(name), `${name} is lost`);
      }
    }),
    { numRuns: 15 },
  );
});
