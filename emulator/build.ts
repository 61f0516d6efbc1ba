import { cp, rm } from 'node:fs/promises';
import { build } from 'esbuild';

/**
 * Makes dist/, which is all that the package holds: type stripping does not work inside node_modules, and
 * whoever installs the package gets no other package with it.
 */
const dist = new URL('dist/', import.meta.url);

await rm(dist, { recursive: true, force: true });
await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ['cli.ts', 'server.ts'],
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22.13',
});
await cp(new URL('../LICENSE', import.meta.url), new URL('LICENSE', dist));
await cp(new URL('../node_modules/jose/LICENSE.md', import.meta.url), new URL('LICENSE.jose.md', dist));
