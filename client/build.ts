import { cp, rm } from 'node:fs/promises';
import { build } from 'esbuild';

/** Makes dist/, which is all that the package holds: one module without imports. */
const dist = new URL('dist/', import.meta.url);

await rm(dist, { recursive: true, force: true });
await build({
  absWorkingDir: import.meta.dirname,
  entryPoints: ['index.ts'],
  outdir: 'dist',
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2020',
});
await cp(new URL('../LICENSE', import.meta.url), new URL('LICENSE', dist));
