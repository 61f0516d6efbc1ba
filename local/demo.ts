import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { GatewayRoute } from './gateway.ts';

/** What the page has to know of the stack. */
interface DemoConfig {
  identityPoolId: string;
  cognitoEndpoint: string;
  users: string[];
  password: string;
}

/** The page that shows the client at work. Its files are demo/, and the client is bundled when it is asked for. */
export const demoRoutes = (config: DemoConfig): GatewayRoute[] => [
  page('/demo', 'text/html', () => file('index.html')),
  page('/demo/style.css', 'text/css', () => file('style.css')),
  page('/demo/demo.js', 'text/javascript', () => file('demo.js')),
  page('/demo/client.js', 'text/javascript', clientBundle),
  page('/demo/config.json', 'application/json', async () => JSON.stringify(config)),
];

const page = (path: string, type: string, body: () => Promise<string>): GatewayRoute => ({
  name: 'demo',
  method: 'GET',
  path,
  handler: async () => ({
    statusCode: 200,
    headers: {
      'content-type': `${type}; charset=utf-8`,
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'self'; connect-src 'self' http://localhost:*; img-src data:",
    },
    body: await body(),
  }),
});

const file = (name: string) => readFile(new URL(`../demo/${name}`, import.meta.url), 'utf8');

const clientBundle = async () => {
  // Here, so that a start without the page does not wait for it.
  const { build } = await import('esbuild');
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('../client/index.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    write: false,
  });
  return outputFiles[0]?.text ?? '';
};
