import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { GatewayRoute } from './gateway.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Redoc's program is in the page; nothing may be loaded, from wherever. */
const contentSecurityPolicy = [
  "default-src 'none'",
  "script-src 'unsafe-inline'",
  "style-src 'unsafe-inline'",
  'img-src data:',
  'font-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** In place of Redoc's picture, which would come from its makers' server. */
const logo = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" width="56" height="16"><text y="12" font-size="13">Redocly</text></svg>',
)}`;

/** openapi.json as one HTML page. Offline; takes two seconds and a process of its own. */
const build = async (): Promise<string> => {
  const folder = await mkdtemp(join(tmpdir(), 'api-reference-'));
  const page = join(folder, 'index.html');
  try {
    await promisify(execFile)(
      process.execPath,
      ['node_modules/@redocly/cli/bin/cli.js', 'build-docs', 'openapi.json', '--inlineBundle', '-o', page],
      {
        cwd: root,
        env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' },
      },
    );
    const html = await readFile(page, 'utf8');
    return html.replaceAll(/https:\/\/cdn\.redoc\.ly\/[^`"']*/g, logo);
  } finally {
    await rm(folder, { recursive: true });
  }
};

/** GET /docs: the API as a page for people, made when it is first asked for. */
export const apiReference = (): GatewayRoute => {
  let page: Promise<string> | undefined;
  const handler = async () => {
    page ??= build();
    try {
      const headers = {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': contentSecurityPolicy,
      };
      return { statusCode: 200, headers, body: await page };
    } catch (error) {
      page = undefined;
      throw error;
    }
  };
  return { name: 'docs', method: 'GET', path: '/docs', handler };
};
