import { existsSync } from 'node:fs';
import { after } from 'node:test';
import { type Browser, chromium } from 'playwright-core';

/** Where Linux distributions and installers put it; CHROMIUM names another place. */
const places = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:/Program Files/Google/Chrome/Application/chrome.exe',
];
const executablePath = places.find((place) => place && existsSync(place));

/** Why tests in a browser are skipped; false where they are not. */
export const skip = executablePath
  ? false
  : 'No Chromium is here: install one (apt-get install chromium), or set CHROMIUM to where it is';

/** A browser of the test file's own, closed after its tests. */
export const startChromium = async (): Promise<Browser> => {
  // In a container Chromium's own sandbox needs rights that nobody has.
  const browser = await chromium.launch({ executablePath: executablePath ?? '', args: ['--no-sandbox'] });
  after(() => browser.close());
  return browser;
};
