import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { BrowserContext, Page } from 'playwright-core';
import type { DeveloperIdentity } from '../../../client/index.ts';
import { listen } from '../../../local/listen.ts';
import { demoPassword as password } from '../../../local/settings.ts';
import { skip, startChromium } from '../../support/chromium.ts';
import { sessionsOf } from '../../support/sessions.ts';
import { testStack } from '../../support/stack.ts';

declare global {
  interface Window {
    auth: DeveloperIdentity;
    signedOut: string[];
  }
}

const stack = await testStack();
const { newUser } = sessionsOf(stack);
const browser = skip ? undefined : await startChromium();
const config = JSON.stringify({
  apiUrl: stack.apiUrl,
  identityPoolId: stack.identityPoolId,
  cognitoEndpoint: stack.cognito.endpoint,
});
const bundle = await build({
  entryPoints: [fileURLToPath(new URL('../../../client/index.ts', import.meta.url))],
  bundle: true,
  minify: true,
  format: 'esm',
  write: false,
});

/** An app on an origin of its own. */
const files: Record<string, [type: string, text: string]> = {
  '/': ['text/html', '<script type="module" src="/app.js"></script>'],
  '/app.js': [
    'text/javascript',
    `import { developerIdentity } from '/client.js';
     window.signedOut = [];
     window.auth = developerIdentity({ ...${config}, storage: localStorage });
     auth.onSignedOut(({ reason }) => signedOut.push(reason));`,
  ],
  '/worker.js': [
    'text/javascript',
    `import { developerIdentity } from '/client.js';
     const auth = developerIdentity(${config});
     onmessage = async ({ data }) => {
       const { identityId } = await auth.login(data);
       postMessage({ identityId, credentials: await auth.credentials() });
     };`,
  ],
  '/client.js': ['text/javascript', bundle.outputFiles[0]?.text ?? ''],
};
const app = await listen(
  createServer(({ url = '' }, response) => {
    const [type, text] = files[url] ?? [];
    response.writeHead(type ? 200 : 404, { 'content-type': type ?? 'text/plain' }).end(text);
  }),
  0,
);
after(() => app.close());

const newCredentials = async () => ({ username: (await newUser()).username, password });

const newBrowser = async () => {
  const context = await browser?.newContext();
  assert.ok(context);
  return context;
};

const openTab = async (context: BrowserContext): Promise<Page> => {
  const page = await context.newPage();
  await page.goto(app.url);
  await page.waitForFunction(() => window.auth);
  return page;
};

/** The refresh tokens that were sent by any tab. */
const refreshes = (context: BrowserContext): string[] => {
  const tokens: string[] = [];
  context.on('request', (request) => {
    if (request.method() === 'POST' && request.url().endsWith('/refresh')) {
      tokens.push(request.postDataJSON().refreshToken);
    }
  });
  return tokens;
};

test('a page of another origin logs in, has credentials, and sees its account', { skip }, async () => {
  const page = await openTab(await newBrowser());
  const found = await page.evaluate(
    async (credentials) => {
      const { identityId } = await window.auth.login(credentials);
      const given = await window.auth.credentials();
      const account = await window.auth.account();
      await window.auth.logout({ everywhere: true });
      return { ids: [identityId, given.identityId, account.identityId], key: given.accessKeyId };
    },
    await newCredentials(),
  );
  assert.equal(new Set(found.ids).size, 1);
  assert.match(found.key, /^ASIA/);
});

test('what an error says gets through CORS: its code, its request, how long to wait', { skip }, async () => {
  const page = await openTab(await newBrowser());
  const credentials = { ...(await newCredentials()), password: 'wrong' };
  const errors = await page.evaluate(async (wrong) => {
    const found: { code: string; retryAfter?: number; requestId?: string }[] = [];
    for (let attempt = 0; attempt < 20 && found.at(-1)?.code !== 'too_many_attempts'; attempt++) {
      await window.auth
        .login(wrong)
        .catch(({ code, retryAfter, requestId }) => found.push({ code, retryAfter, requestId }));
    }
    return found;
  }, credentials);
  assert.equal(errors[0]?.code, 'invalid_credentials');
  assert.ok(errors.every(({ requestId }) => requestId));
  assert.equal(errors.at(-1)?.code, 'too_many_attempts');
  assert.ok((errors.at(-1)?.retryAfter ?? 0) >= 1);
});

test('a guest signs in, and two accounts merge, from a page', { skip }, async () => {
  const page = await openTab(await newBrowser());
  const [source, destination] = [await newCredentials(), await newCredentials()];
  const found = await page.evaluate(
    async ([alice, bob]) => {
      const guest = await window.auth.guest();
      const first = await window.auth.login(bob);
      await window.auth.login(alice);
      const merged = await window.auth.merge({ source: alice, destination: bob });
      return { guest, first, merged, now: await window.auth.identity() };
    },
    [source, destination] as const,
  );
  assert.deepEqual(found.first, { identityId: found.guest.identityId, guest: 'linked' });
  assert.equal(found.merged.outcome, 'merged');
  assert.equal(found.now?.identityId, found.guest.identityId);
});

test('a worker has credentials too', { skip }, async () => {
  const page = await openTab(await newBrowser());
  const found = await page.evaluate(
    (credentials) =>
      new Promise<{ identityId: string; credentials: { identityId: string; accessKeyId: string } }>(
        (resolve, reject) => {
          const worker = new Worker('/worker.js', { type: 'module' });
          worker.onmessage = ({ data }) => resolve(data);
          worker.onerror = ({ message }) => reject(new Error(message));
          worker.postMessage(credentials);
        },
      ),
    await newCredentials(),
  );
  assert.equal(found.credentials.identityId, found.identityId);
  assert.match(found.credentials.accessKeyId, /^ASIA/);
});

test('five tabs at once never send a refresh token twice, and a reload keeps the session', {
  skip,
}, async () => {
  const context = await newBrowser();
  const first = await openTab(context);
  const { identityId } = await first.evaluate(
    (credentials) => window.auth.login(credentials),
    await newCredentials(),
  );
  const tokens = refreshes(context);
  const tabs = await Promise.all(Array.from({ length: 5 }, () => openTab(context)));
  for (const _round of [1, 2]) {
    const ids = await Promise.all(
      tabs.map((tab) =>
        tab.evaluate(async () => (await window.auth.credentials({ forceRefresh: true })).identityId),
      ),
    );
    assert.deepEqual(new Set(ids), new Set([identityId]));
  }
  assert.deepEqual([tokens.length, new Set(tokens).size], [10, 10]);
  await first.reload();
  await first.waitForFunction(() => window.auth);
  const again = await first.evaluate(async () => (await window.auth.credentials()).identityId);
  assert.equal(again, identityId);
});

test('a tab that is closed in the middle of a refresh takes nobody’s session along', { skip }, async () => {
  const context = await newBrowser();
  const [doomed, other] = [await openTab(context), await openTab(context)];
  await doomed.evaluate((credentials) => window.auth.login(credentials), await newCredentials());
  const answered = Promise.withResolvers<void>();
  await doomed.route('**/refresh', async (route) => {
    await route.fetch();
    // The service has used the token up; the tab never hears of it.
    answered.resolve();
  });
  await doomed.evaluate(() => void window.auth.credentials({ forceRefresh: true }));
  await answered.promise;
  await doomed.close();
  assert.match((await other.evaluate(() => window.auth.credentials())).accessKeyId, /^ASIA/);
});

test('a tab hears of the end in another, and offline is an error until it is over', { skip }, async () => {
  const context = await newBrowser();
  const [one, other] = [await openTab(context), await openTab(context)];
  await one.evaluate((credentials) => window.auth.login(credentials), await newCredentials());
  await other.evaluate(() => window.auth.credentials());
  await context.setOffline(true);
  const offline = await one.evaluate(() =>
    window.auth.credentials({ forceRefresh: true }).catch(({ code }) => code),
  );
  assert.equal(offline, 'network_error');
  await context.setOffline(false);
  await one.evaluate(() => window.auth.credentials({ forceRefresh: true }));
  await one.evaluate(() => window.auth.logout());
  await other.waitForFunction(() => window.signedOut.length > 0);
  assert.deepEqual(await other.evaluate(() => window.signedOut), ['elsewhere']);
  assert.equal(await other.evaluate(() => localStorage.length), 0);
});
