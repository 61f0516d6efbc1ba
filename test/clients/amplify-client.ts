import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { amplifyCredentialsProvider } from '../../client/index.ts';
import { listen } from '../../local/listen.ts';
import { runnable, samples } from '../client/readme.ts';
import { clientWorld } from '../client/world.ts';

/** The little of Amplify that is used here: it is not a dependency, so its own types may be missing. */
type Core = { Amplify: { configure(resources: object, library: object): void } };
type Session = { identityId?: string; credentials?: { accessKeyId: string } };
type Auth = { fetchAuthSession(options?: { forceRefresh?: boolean }): Promise<Session> };
type Api = { get(input: object): { response: Promise<{ statusCode: number }> } };

const load = async (name: string) => import(name).catch(() => undefined);
const core: Core | undefined = await load('aws-amplify');
const { fetchAuthSession }: Auth = (await load('aws-amplify/auth')) ?? {};
const api: Api | undefined = await load('aws-amplify/api');
const skip = (!core || !api) && 'Amplify is not installed (npm install --no-save aws-amplify)';

const world = await clientWorld();
const auth = world.device();

test('Amplify signs with the credentials of whoever is signed in, and asks for them anew', {
  skip,
}, async () => {
  const keys: unknown[] = [];
  const server = await listen(
    createServer(({ headers: { authorization } }, response) => {
      keys.push(/Credential=(\w+)/.exec(authorization ?? '')?.[1]);
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    }),
    0,
  );
  after(() => server.close());
  const photos = { endpoint: server.url, region: 'us-east-1', service: 'execute-api' };
  core?.Amplify.configure(
    { API: { REST: { photos } } },
    { Auth: { credentialsProvider: amplifyCredentialsProvider(auth) } },
  );
  const call = async () => (await api?.get({ apiName: 'photos', path: '/' }).response)?.statusCode;

  assert.deepEqual((await fetchAuthSession()).credentials, undefined);
  const guest = await auth.guest();
  assert.equal((await fetchAuthSession()).identityId, guest.identityId);
  const expected: string[] = [];
  for (const _user of ['alice', 'bob']) {
    const { identityId } = await auth.login((await world.newUser()).credentials);
    const session = await fetchAuthSession();
    assert.equal(session.identityId, identityId);
    assert.equal(await call(), 200);
    expected.push(session.credentials?.accessKeyId ?? 'none');
  }
  assert.deepEqual(keys, expected);
  assert.equal(new Set(keys).size, 2);
  const before = (await fetchAuthSession()).credentials?.accessKeyId;
  assert.notEqual((await fetchAuthSession({ forceRefresh: true })).credentials?.accessKeyId, before);
  await auth.logout();
  assert.deepEqual((await fetchAuthSession()).credentials, undefined);
});

test("the README's sample gives Amplify the identity", { skip }, async () => {
  const sample = samples.find((each) => each.includes('aws-amplify')) ?? '';
  const [first = ''] = samples;
  const login = first
    .split('\n')
    .filter((line) => !/dynamodb|TableNames|^import .*client-dynamodb/i.test(line))
    .join('\n')
    .replace('storage: localStorage,', '');
  const file = fileURLToPath(new URL(`../../.readme-amplify-${process.pid}.mjs`, import.meta.url));
  await writeFile(file, runnable([login, sample].join('\n'), world));
  const { stdout } = await promisify(execFile)(process.execPath, [file]).finally(() => rm(file));
  assert.match(stdout, /^amplify us-east-1:\S+\n$/);
});
