import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Page } from 'playwright-core';
import { demoPassword, demoUsers } from '../../../local/settings.ts';
import { skip, startChromium } from '../../support/chromium.ts';
import { testStack } from '../../support/stack.ts';

const { apiUrl, cognito } = await testStack();
const browser = skip ? undefined : await startChromium();

/** The page in a window of its own, and everything that went wrong in it. */
const open = async (width = 1200) => {
  const context = await browser?.newContext({ viewport: { width, height: 800 } });
  assert.ok(context);
  const page = await context.newPage();
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  await page.goto(`${apiUrl}/demo`);
  await page.getByText('Nobody yet').waitFor();
  return { context, page, errors };
};

const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const who = (page: Page, text: string) => page.getByRole('status').getByText(text, { exact: true }).waitFor();
const logged = (page: Page, text: string | RegExp) => page.getByRole('log').getByText(text).first().waitFor();
const identityId = (page: Page) => page.locator('#identity-id').innerText();
const accessKey = (page: Page) => page.locator('#access-key').innerText();

const signIn = async (page: Page, username: string) => {
  const form = page.getByRole('region', { name: 'Sign in' });
  await form.getByLabel('Username').fill(username);
  await form.getByRole('button', { name: 'Sign in' }).click();
  await who(page, `Signed in as ${username}`);
};

test('the whole story: a guest, bob, alice, new credentials, a merge, the end', { skip }, async () => {
  const { page, errors } = await open();
  await press(page, 'Continue as a guest');
  await who(page, 'A guest');
  const guest = await identityId(page);
  await signIn(page, 'bob');
  await logged(page, 'The guest is bob now: the identityId stayed.');
  assert.equal(await identityId(page), guest);
  assert.match(await page.locator('#token').innerText(), new RegExp(`"sub": "${guest}"`));

  await press(page, 'Sign out');
  await press(page, 'Continue as a guest');
  await who(page, 'A guest');
  assert.notEqual(await identityId(page), guest);
  await signIn(page, 'alice');
  const alice = await identityId(page);

  const key = await accessKey(page);
  await press(page, 'Get new ones now');
  await page.waitForFunction((old) => document.querySelector('#access-key')?.textContent !== old, key);
  await page
    .getByRole('timer')
    .getByText(/^(59 min \d\d|60 min 00) s$/)
    .waitFor();

  await press(page, 'Only tell what would happen');
  await logged(page, `It would merge: bob and alice would have ${alice}.`);
  await signIn(page, 'bob');
  await press(page, 'Merge');
  const merged = `Merged: bob and alice have ${alice}.`;
  await logged(page, merged);
  assert.equal(await page.locator('#merged').innerText(), merged);
  await page.locator('#token').getByText(`"sub": "${alice}"`).waitFor();
  await who(page, 'Signed in as bob');

  await press(page, 'Sign out');
  await who(page, 'Nobody yet');
  assert.equal(await page.locator('#token').isVisible(), false);
  assert.equal(await page.locator('#credentials').isVisible(), false);
  assert.deepEqual(errors, []);
});

test('the credentials count down, and are renewed ahead of their end', { skip }, async () => {
  const { page } = await open();
  await page.clock.install();
  await page.reload();
  await signIn(page, 'alice');
  await page.getByRole('timer').getByText(/min/).waitFor();
  const key = await accessKey(page);
  await page.clock.fastForward('50:00');
  await page
    .getByRole('timer')
    .getByText(/^(9|10) min/)
    .waitFor();
  assert.equal(await accessKey(page), key);
  await page.clock.fastForward('06:00');
  await page.waitForFunction((old) => document.querySelector('#access-key')?.textContent !== old, key);
});

test('a second tab shares the session, and learns of its end', { skip }, async () => {
  const { context, page } = await open();
  await signIn(page, 'alice');
  const other = await context.newPage();
  await other.goto(`${apiUrl}/demo`);
  await who(other, 'Signed in as alice');
  await press(page, 'Sign out');
  await who(other, 'Nobody yet');
  await logged(other, /signed out in another tab/);
});

test('a mistake is told beside its form, and the keyboard alone does all', { skip }, async () => {
  const { page } = await open();
  const form = page.getByRole('region', { name: 'Sign in' });
  await form.getByLabel('Password').fill('wrong');
  await page.keyboard.press('Enter');
  await form.getByRole('alert').getByText('The username or the password is wrong.').waitFor();
  await form.getByLabel('Password').fill(demoPassword);
  await page.keyboard.press('Enter');
  await who(page, 'Signed in as alice');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  assert.equal(await page.evaluate(() => document.activeElement?.textContent), 'Sign out');
  await page.keyboard.press('Enter');
  await who(page, 'Nobody yet');
});

test('the focus passes to the button that takes the place of the pressed one', { skip }, async () => {
  const { page } = await open();
  const focused = (name: string) =>
    page.waitForFunction((text) => document.activeElement?.textContent === text, name);
  await page.getByRole('button', { name: 'Continue as a guest' }).focus();
  await page.keyboard.press('Enter');
  await focused('Forget this guest');
  await signIn(page, 'alice');
  await page.getByRole('button', { name: 'Sign out' }).focus();
  await page.keyboard.press('Enter');
  await focused('Continue as a guest');
});

test('a message goes when its form is sent again, and with who was signed in', { skip }, async () => {
  const { page } = await open();
  const messages = page.locator('.problem:not(:empty), output:not(:empty)');
  const password = page.getByRole('region', { name: 'Sign in' }).getByLabel('Password');
  const mistake = async () => {
    await password.fill('wrong');
    await press(page, 'Sign in');
    await messages.getByText('The username or the password is wrong.').waitFor();
    await password.fill(demoPassword);
  };
  await page.locator('[name=source-password]').fill('wrong');
  await press(page, 'Merge');
  await messages.waitFor();
  await signIn(page, 'bob');
  assert.equal(await messages.count(), 0);

  await mistake();
  await page.route('**/login', () => {});
  await press(page, 'Sign in');
  assert.equal(await messages.count(), 0);
  await page.unroute('**/login');
  await page.reload();

  await who(page, 'Signed in as bob');
  await mistake();
  await press(page, 'Sign out');
  await who(page, 'Nobody yet');
  assert.equal(await messages.count(), 0);
});

test('a merge is answered right below its buttons, also to a screen reader', { skip }, async () => {
  const { page } = await open();
  for (const user of ['bob', 'alice']) await signIn(page, user);
  const answer = page.locator('form#merge .buttons + [aria-live=polite]');
  assert.equal(await answer.evaluate((empty) => getComputedStyle(empty).display), 'block');
  for (const name of ['Only tell what would happen', 'Merge']) {
    await press(page, name);
    await answer.getByText(/bob and alice/).waitFor();
    await page.locator('#log li[aria-live=off]').first().waitFor();
  }
});

test('on a small phone the log shortens an identityId, and has it as the title', { skip }, async () => {
  const { page } = await open(360);
  await signIn(page, 'alice');
  const whole = await identityId(page);
  const line = page.getByRole('log').getByText('Signed in as alice');
  const short = `Signed in as alice: ${whole.split(':')[1]?.slice(0, 8)}.`;
  assert.equal((await line.innerText()).replace(/^[\d:]+\s*/, '').trim(), short);
  await line.getByTitle(whole, { exact: true }).waitFor();
});

test('every field has a label, and nothing is wider than a small phone', { skip }, async () => {
  const { page } = await open(360);
  await signIn(page, 'alice');
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
  const unnamed = await page
    .locator('input, button, progress')
    .evaluateAll((all) =>
      (all as HTMLInputElement[])
        .filter((each) => !each.labels?.length && !each.ariaLabel && !each.textContent)
        .map((each) => each.outerHTML),
    );
  assert.deepEqual(unnamed, []);
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`text is 4.5 times as bright as its ground, or as dark (${colorScheme})`, { skip }, async () => {
    const { page } = await open();
    await page.emulateMedia({ colorScheme });
    await signIn(page, 'alice');
    await page
      .locator('.problem')
      .first()
      .evaluate((element) => element.append('something'));
    const contrasts = await page.evaluate(() => {
      const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
      const luminance = (color: string) => {
        if (!canvas) return 0;
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        const [r = 0, g = 0, b = 0] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => {
          const part = value / 255;
          return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const groundOf = (element: Element | null): string => {
        const color = element ? getComputedStyle(element).backgroundColor : 'white';
        return color === 'rgba(0, 0, 0, 0)' ? groundOf(element?.parentElement ?? null) : color;
      };
      return [
        ...document.querySelectorAll('h1, h2, p, label, button, input, dt, dd, code, pre, time, legend'),
      ]
        .filter((element) => element.checkVisibility())
        .map((element) => {
          const pair = [luminance(getComputedStyle(element).color), luminance(groundOf(element))];
          const contrast = (Math.max(...pair) + 0.05) / (Math.min(...pair) + 0.05);
          return { element: element.outerHTML.slice(0, 80), contrast };
        });
    });
    assert.ok(contrasts.length > 20);
    assert.deepEqual(
      contrasts.filter(({ contrast }) => contrast < 4.5),
      [],
    );
  });
}

test('the page is served with its parts, and nothing else of the folder', async () => {
  const page = await fetch(`${apiUrl}/demo`);
  assert.equal(page.headers.get('content-type'), 'text/html; charset=utf-8');
  const links = [...(await page.text()).matchAll(/(?:src|href)="(\/[^"]+)"/g)].map(([, path]) => path ?? '');
  assert.deepEqual(links, ['/demo/style.css', '/demo/demo.js']);
  for (const path of [...links, '/demo/client.js'])
    assert.equal((await fetch(`${apiUrl}${path}`)).status, 200);
  const config = (await (await fetch(`${apiUrl}/demo/config.json`)).json()) as {
    users: string[];
    cognitoEndpoint: string;
  };
  assert.deepEqual(config.users, demoUsers);
  assert.equal(new URL(config.cognitoEndpoint).port, new URL(cognito.endpoint).port);
  assert.equal((await fetch(`${apiUrl}/demo/index.html`)).status, 404);
});
