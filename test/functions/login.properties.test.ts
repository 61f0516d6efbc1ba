import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type OutgoingHttpHeaders, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { demoPassword } from '../../local/settings.ts';
import { npmStart } from '../support/npm-start.ts';

const folder = mkdtempSync(join(tmpdir(), 'properties-'));
const { urls, output, stop } = await npmStart({
  LOCAL_DATA: folder,
  POWERTOOLS_LOG_LEVEL: 'DEBUG',
  // It asks for every event in the log, passwords included: never to be had.
  POWERTOOLS_LOGGER_LOG_EVENT: 'true',
  PUBLIC_PROVIDERS: 'accounts.example.com',
});
after(async () => {
  await stop();
  rmSync(folder, { recursive: true });
});

/** In every password and token that is sent; in no answer and no log line. */
const secret = 'S3CRET';
const secretText = fc.string({ maxLength: 40 }).map((rest) => `${secret}${rest}`);

const post = async (body: string | Uint8Array, headers: OutgoingHttpHeaders) => {
  const call = request(`${urls.API}/login`, { method: 'POST', headers });
  call.end(body);
  const [response] = await once(call, 'response');
  return { status: response.statusCode as number, body: await text(response) };
};

const assertHarmless = ({ status, body }: { status: number; body: string }) => {
  assert.ok(status === 200 || (status >= 400 && status < 500), `${status} ${body}`);
  if (status !== 200) assert.doesNotMatch(body, /S3CRET|\n\s+at |node_modules|argon2/);
  JSON.parse(body);
};

/** Ordinary ones, and long ones: of letters that are one character as they are typed and 18 when normalised, too. */
const username = fc.oneof(
  fc.constantFrom('alice', 'bob'),
  fc.string({ unit: 'binary', minLength: 1 }),
  fc.string({ unit: fc.constantFrom('x', 'İ', '\ufdfa', '😀', '\ud800'), minLength: 100, maxLength: 300 }),
);

const json = { 'content-type': 'application/json' };
const anything = fc.anything({ maxDepth: 2 });
const orAnything = <T>(arbitrary: fc.Arbitrary<T>) =>
  fc.oneof({ weight: 3, arbitrary }, { weight: 1, arbitrary: anything });

const others = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 1, arbitrary: fc.dictionary(fc.string(), anything) },
);

const withoutBigInts = (_key: string, value: unknown) => (typeof value === 'bigint' ? Number(value) : value);

/** Bodies near the contract: each member right, wrong or absent, and others beside them. */
const nearlyRight = fc
  .record(
    {
      username: orAnything(username),
      password: orAnything(fc.oneof(fc.constant(demoPassword), secretText)),
      assertion: orAnything(secretText),
      guestToken: orAnything(secretText),
      logins: orAnything(
        fc.dictionary(fc.oneof(fc.constant('accounts.example.com'), fc.string()), secretText),
      ),
      durationSeconds: orAnything(fc.integer({ min: 0, max: 100_000 })),
    },
    { requiredKeys: ['username', 'password'] },
  )
  .chain((body) => others.map((more) => ({ ...more, ...body })))
  .map((body) => JSON.stringify(body, withoutBigInts));

const assertions = fc
  .record({ assertion: orAnything(secretText), guestToken: secretText }, { requiredKeys: ['assertion'] })
  .map((body) => JSON.stringify(body, withoutBigInts));

const bodies = fc.oneof(
  nearlyRight,
  assertions,
  fc.json(),
  fc.string({ unit: 'binary' }),
  fc.uint8Array({ maxLength: 200 }),
);

const headerName = fc.stringMatching(/^[a-z][a-z0-9-]{0,20}$/).map((name) => `x-${name}`);
const headerValue = fc.stringMatching(/^[ -~\u00a1-\u00ff]{0,60}$/);
const knownHeader = fc.constantFrom(
  'content-type',
  'content-encoding',
  'cookie',
  'origin',
  'authorization',
  'accept',
);
const headers = fc.dictionary(fc.oneof(headerName, knownHeader), headerValue, { maxKeys: 6 });

test('whatever the body, the answer is no server error and gives nothing away', async () => {
  await fc.assert(
    fc.asyncProperty(bodies, async (body) => assertHarmless(await post(body, json))),
    { numRuns: 300 },
  );
});

test('whatever the headers, neither', async () => {
  await fc.assert(
    fc.asyncProperty(headers, bodies, async (sent, body) =>
      assertHarmless(await post(body, { ...json, ...sent })),
    ),
    { numRuns: 200 },
  );
});

test('nothing secret was logged, not even at debug', async () => {
  const alice = { username: 'alice', password: demoPassword };
  const attempts = [
    alice,
    { ...alice, password: secret },
    { ...alice, guestToken: secret },
    { assertion: secret },
  ];
  for (const attempt of attempts) await post(JSON.stringify(attempt), json);
  await post(JSON.stringify({ ...alice, logins: { 'accounts.example.com': secret } }), json);
  await post(`{"password":"${secret}`, json);
  const [, log = ''] = output().split('Ctrl-C');
  for (const code of ['invalid_credentials', 'invalid_guest_token', 'invalid_login_token', 'invalid_json']) {
    assert.ok(log.includes(`"code":"${code}"`), code);
  }
  assert.ok(log.includes('"reason":"Invalid Compact JWS"'));
  assert.doesNotMatch(log, new RegExp(`${secret}|${demoPassword}|eyJ`));
});
