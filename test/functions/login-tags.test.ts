import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { decodeJwt } from 'jose';
import { listen } from '../../local/listen.ts';
import { developerProviderName } from '../../local/settings.ts';
import { logged } from '../support/logged.ts';
import { post, testStack } from '../support/stack.ts';

/** What the backend answers: the tests' own. */
let answer: string;
const backend = await listen(
  createServer((request, response) => request.resume().on('end', () => response.end(answer))),
  0,
);
const { apiUrl } = await testStack({
  AUTHENTICATOR: 'http',
  BACKEND_URL: backend.url,
  BACKEND_SECRET: 'a secret that both sides know, long enough',
  PRINCIPAL_TAGS: 'role,tenant,constructor',
  // A slip of whoever sets it up: the developer provider is no public one.
  PUBLIC_PROVIDERS: `accounts.example.com,${developerProviderName}`,
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
});
after(() => backend.close());

const login = (more: object = {}) =>
  post(`${apiUrl}/login`, { username: 'ada', password: 'S3CRET', ...more });
/** A login of a user with these attributes, with what was logged of it. */
const loginWith = async (attributes: Record<string, string>) => {
  answer = JSON.stringify({ userId: 'user-1', attributes });
  let response: Awaited<ReturnType<typeof login>> | undefined;
  const log = await logged(async () => {
    response = await login();
  });
  assert.ok(response);
  return { ...response, log };
};
const tagsOf = (token = '') => decodeJwt(token)['https://aws.amazon.com/tags'];

test("the developer provider's name, among the public providers too, signs nobody else in", async () => {
  answer = JSON.stringify({ userId: 'user-1' });
  const { status, body } = await login({ logins: { [developerProviderName]: 'user-2' } });
  assert.equal(status, 200);
  const { amr } = decodeJwt<{ amr: string[] }>(body.token ?? '');
  assert.ok(amr.at(-1)?.endsWith(':user-1'));
});

test('a tag that is named like a member of every object is taken from the attributes only', async () => {
  const { body } = await loginWith({ role: 'editor' });
  assert.deepEqual(tagsOf(body.token), { principal_tags: { role: ['editor'] } });
});

test('all that a tag may be passes: 256 characters of any script, 460 bytes together', async () => {
  const tenant = 'é'.repeat(190);
  const role = 'x'.repeat(460 - 'roletenant'.length - Buffer.byteLength(tenant));
  const { status, body } = await loginWith({ role, tenant });
  assert.equal(status, 200);
  assert.deepEqual(tagsOf(body.token), { principal_tags: { role: [role], tenant: [tenant] } });
  assert.equal((await loginWith({ role: `${'x'.repeat(247)} _.:/=+-@` })).status, 200);
});

const impossible: Record<string, Record<string, string>> = {
  'with characters that no tag has': { role: 'S3CRET<script>' },
  'with a line break': { role: 'S3CRET\n' },
  'of 257 characters': { role: `S3CRET${'x'.repeat(251)}` },
  'of over 460 bytes together': { role: `S3CRET${'x'.repeat(244)}`, tenant: 'x'.repeat(201) },
  'of over 460 bytes in fewer characters': { role: `S3CRET${'é'.repeat(226)}` },
};
for (const [name, attributes] of Object.entries(impossible)) {
  test(`attributes ${name} let nobody in with fewer tags, and are in no log`, async () => {
    const { status, body, log } = await loginWith(attributes);
    assert.deepEqual([status, body.code], [500, 'invalid_principal_tags']);
    assert.match(log, /The attribute (role|tenant) can't be a principal tag/);
    assert.doesNotMatch(`${log}${JSON.stringify(body)}`, /S3CRET|xxxx|éééé/);
  });
}

test('what a backend answers that is no JSON, or not the JSON it should be, is in no log', async () => {
  for (const quoting of ['S3CRET is not the password of ada', '{"userId":"","password":"S3CRET"}']) {
    const log = await logged(async () => {
      answer = quoting;
      assert.equal((await login()).body.code, 'backend_unavailable');
    });
    assert.match(log, /The backend answered 200 with something else/);
    assert.doesNotMatch(log, /S3CRET/);
  }
});
