import { basename, dirname, resolve } from 'node:path';
import type { Plugin } from 'esbuild';

/** Modules by the file that each becomes beside the bundle. */
export type OnDemand = Map<string, string>;

/**
 * What the service's code loads with `await import(…)` stays out of the bundle, in a file of its own that is read only
 * when it is needed: CommonJS bundles can't be split otherwise.
 */
export const onDemand = (files: OnDemand): Plugin => ({
  name: 'on-demand',
  setup(build) {
    build.onResolve({ filter: /./ }, ({ kind, path, importer }) => {
      const isOurs = !importer.includes('node_modules');
      if (kind !== 'dynamic-import' || !isOurs || path.startsWith('node:')) return;
      const file = `${nameOf(path)}.cjs`;
      files.set(file, path.startsWith('.') ? resolve(dirname(importer), path) : path);
      return { path: `./${file}`, external: true };
    });
  },
});

/** jose for ./jose.ts, aws-lambda-powertools-parameters-secrets for the package's path. */
const nameOf = (path: string) =>
  path.startsWith('.') ? basename(path, '.ts') : path.replace('@', '').replaceAll('/', '-');
