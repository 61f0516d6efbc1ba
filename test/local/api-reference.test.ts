import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { routes } from '../../lib/contract.ts';
import { testStack } from '../support/stack.ts';

const { apiUrl } = await testStack();
const page = `${apiUrl}/docs`;

const browser = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);
const withoutBrowser = browser
  ? false
  : 'There is no Chromium in /usr/bin: whether a browser shows it is not tested';

test('GET /docs is the whole API on one page that may load nothing', async () => {
  const response = await fetch(page);
  assert.equal(response.status, 200);
  assert.match(response.headers.get('content-type') ?? '', /^text\/html/);
  assert.match(response.headers.get('content-security-policy') ?? '', /^default-src 'none';/);
  const html = await response.text();
  for (const { path, summary } of Object.values(routes)) {
    assert.ok(html.includes(JSON.stringify(path)), path);
    assert.ok(html.includes(JSON.stringify(summary)), summary);
  }
  assert.doesNotMatch(html, /<(script|img|link|iframe)[^>]* (src|href)=/);
  assert.doesNotMatch(html, /cdn\.redoc\.ly/);
});

test('a browser shows it, and finds nothing to load from elsewhere', { skip: withoutBrowser }, async () => {
  const profile = mkdtempSync(join(tmpdir(), 'browser-'));
  after(() => rmSync(profile, { recursive: true, force: true }));
  const { stdout, stderr } = await promisify(execFile)(
    browser ?? '',
    [
      ...['--headless=new', '--no-sandbox', '--disable-gpu', `--user-data-dir=${profile}`],
      // What the page's own program adds or is refused is in what comes out.
      ...['--virtual-time-budget=10000', '--enable-logging=stderr', '--dump-dom', page],
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  // Only its program writes the footer: the page as it is served has none.
  assert.match(stdout, /<img[^>]*alt="redocly logo"/);
  assert.doesNotMatch(stderr, /Content Security Policy|Uncaught/);
});
