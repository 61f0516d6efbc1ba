import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import type { Answer, routes } from '../../lib/contract.ts';
import { demoPassword as password } from '../../local/settings.ts';
import { startStack } from '../../local/stack.ts';
import { post as send } from '../support/stack.ts';
import { blocksOf, pages } from './markdown.ts';
import { newFolder } from './reader.ts';
import { shapeOf } from './shape.ts';

type Session = Answer<typeof routes.login>;
interface Recipe {
  credentialsOf: (
    apiUrl: string,
    session: Session,
    keep: (session: Session) => Promise<void>,
    endpoint: string,
  ) => () => Promise<{ identityId: string; expiration: Date }>;
  post: (url: string, body: object) => Promise<Session>;
}

/** The page's program, where it finds the SDK. */
const load = async (): Promise<Recipe> => {
  const blocks = blocksOf(pages.get('docs/clients.md') ?? '');
  const program = blocks.find(({ note }) => note === 'file: credentials.mjs')?.code ?? '';
  const folder = newFolder();
  after(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'credentials.mjs'), program);
  return import(pathToFileURL(join(folder, 'credentials.mjs')).href);
};

const announced = Promise.withResolvers<object>();
const stack = await startStack({
  ...{ port: 0, cognitoPort: 0, dynamodbPort: 0, staffPort: 0 },
  tell: announced.resolve,
  env: { POWERTOOLS_LOG_LEVEL: 'SILENT' },
});
after(() => stack.close());
const { apiUrl, cognito } = stack;
const { credentialsOf, post } = await load();
const login = () => post(`${apiUrl}/login`, { username: 'alice', password });

test("the page's provider asks for a new token when the old one is about to expire, and only then", async () => {
  const kept: Session[] = [];
  const keep = async (session: Session) => void kept.push(session);
  const session = await login();
  const fresh = credentialsOf(apiUrl, session, keep, cognito.endpoint);
  assert.equal((await fresh()).identityId, session.identityId);
  assert.equal(kept.length, 0);

  const expired = { ...session, token: 'expired', tokenExpiresAt: new Date().toISOString() };
  const provider = credentialsOf(apiUrl, expired, keep, cognito.endpoint);
  assert.equal((await provider()).identityId, session.identityId);
  assert.ok((await provider()).expiration > new Date());
  assert.equal(kept.length, 1);
  assert.notEqual(kept[0]?.refreshToken, session.refreshToken);
});

test('a session that is over is an error with its code', async () => {
  const session = { ...(await login()), tokenExpiresAt: new Date().toISOString() };
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ refreshToken: session.refreshToken });
  await fetch(`${apiUrl}/logout`, { method: 'POST', headers, body });
  await assert.rejects(credentialsOf(apiUrl, session, async () => {}, cognito.endpoint)(), {
    code: 'invalid_refresh_token',
  });
});

test("the page's event is one that is announced", async () => {
  const [alice, bob] = ['alice', 'bob'].map((username) => ({ username, password }));
  await Promise.all([send(`${apiUrl}/login`, alice), send(`${apiUrl}/login`, bob)]);
  const { status } = await send(`${apiUrl}/account/merge`, { source: alice, destination: bob });
  assert.equal(status, 200);
  const blocks = blocksOf(pages.get('docs/accounts.md') ?? '');
  const event = blocks.find(({ code }) => code.includes('"detail-type"'))?.code ?? '{}';
  assert.deepEqual(shapeOf(await announced.promise), shapeOf(JSON.parse(event)));
});
