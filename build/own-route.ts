import { readFile } from 'node:fs/promises';
import { type Plugin, transform } from 'esbuild';

/**
 * Of lib/contract.ts a function needs its own route. The others stay out of its bundle: they are members of one object,
 * which esbuild doesn't take apart, and making all of their schemas takes a part of every cold start.
 */
export const ownRoute = (name: string): Plugin => ({
  name: 'own-route',
  setup(build) {
    build.onLoad({ filter: /[\\/]lib[\\/]contract\.ts$/ }, async ({ path }) => {
      const { code } = await transform(await readFile(path, 'utf8'), { loader: 'ts', target: 'node24' });
      const routes = [...code.matchAll(/^ {2}"?([\w-]+)"?: route\(\{\n[\s\S]*?^ {2}\}\),?\n/gm)];
      if (!routes.some(([, route]) => route === name))
        throw new Error(`lib/contract.ts has no route ${name}`);
      const others = routes.filter(([, route]) => route !== name);
      return { contents: others.reduce((text, [route]) => text.replace(route, ''), code), loader: 'js' };
    });
  },
});
