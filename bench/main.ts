import { cold } from './cold.ts';
import { growth } from './growth.ts';
import { load } from './load.ts';
import { warm } from './warm.ts';

/** `npm run bench`, or some of its parts: `npm run bench -- cold warm`. With `--quick` few rounds, to see that it runs. */
const parts: Record<string, (rounds?: number) => Promise<Record<string, number>>> = {
  cold,
  warm,
  load,
  growth,
};

const args = process.argv.slice(2);
const quick = args.includes('--quick');
const chosen = args.filter((name) => name !== '--quick');
for (const name of chosen.length > 0 ? chosen : Object.keys(parts)) {
  const part = parts[name];
  if (!part) throw new Error(`There is no ${name}: ${Object.keys(parts).join(', ')}`);
  console.table(await part(...(quick ? [2] : [])));
}
