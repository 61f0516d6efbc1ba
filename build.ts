import { copyFileSync, readdirSync, rmSync } from 'node:fs';
import { basename } from 'node:path';
import { type BuildOptions, build, type Metafile } from 'esbuild';
import { type OnDemand, onDemand } from './build/on-demand.ts';
import { ownRoute } from './build/own-route.ts';
import { slim, unusedStandIns } from './build/slim.ts';

const options = {
  bundle: true,
  minify: true,
  metafile: true,
  // Errors in the log name the source's lines (build/stack-traces.ts); the sources themselves stay home.
  sourcemap: 'linked',
  sourcesContent: false,
  platform: 'node',
  target: 'node24',
  // Why not ES modules: build/index.mjs.
  format: 'cjs',
  supported: { 'dynamic-import': false },
  // ES modules of packages that ship both: they can be shaken.
  mainFields: ['module', 'main'],
  // Nobody has any use for them here, and whoever asks whether they are there has Node load them.
  define: { ReadableStream: 'undefined', navigator: 'undefined' },
  logLevel: 'warning',
} satisfies BuildOptions;

/** functions/<name>.ts → <name>/function.cjs, what it loads on demand beside it, and the file that Lambda loads. */
const bundle = async (name: string, folder: string): Promise<Metafile> => {
  const files: OnDemand = new Map();
  const { metafile } = await build({
    ...options,
    stdin: {
      contents: `
        import './build/stack-traces.ts';
        export { handler } from './functions/${name}.ts';
        export { init } from './lib/init.ts';`,
      resolveDir: import.meta.dirname,
    },
    outfile: `${folder}/${name}/function.cjs`,
    plugins: [slim, ownRoute(name), onDemand(files)],
  });
  copyFileSync(`${import.meta.dirname}/build/index.mjs`, `${folder}/${name}/index.mjs`);
  const others = [...files].map(([file, module]) => loadable(module, `${folder}/${name}/${file}`));
  for (const { outputs, inputs } of await Promise.all(others)) {
    Object.assign(metafile.outputs, outputs);
    Object.assign(metafile.inputs, inputs);
  }
  return metafile;
};

const loadable = async (module: string, outfile: string): Promise<Metafile> => {
  const { metafile } = await build({ ...options, entryPoints: [module], outfile, plugins: [slim] });
  const ours = Object.keys(metafile.inputs).filter((path) => !path.includes('node_modules'));
  // Bundled apart, anything else of lib/ would be there twice: two classes Problem, two of every cache.
  if (ours.length > 1) throw new Error(`${module} is loaded on demand, and can't import ${ours.slice(1)}`);
  return metafile;
};

/** Bundles every function into a folder of its own. Answers what is in each file, by its path. */
export const buildAll = async (folder = 'dist'): Promise<Metafile['outputs']> => {
  rmSync(folder, { recursive: true, force: true });
  const names = readdirSync('functions').map((file) => basename(file, '.ts'));
  const bundles = await Promise.all(names.map((name) => bundle(name, folder)));
  const unused = unusedStandIns();
  if (unused.length > 0) throw new Error(`The packages have moved what build/slim.ts replaces: ${unused}`);
  return Object.assign({}, ...bundles.map(({ outputs }) => outputs));
};

if (import.meta.main) await buildAll();
