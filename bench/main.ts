import { cold } from './cold.ts';
import { growth } from './growth.ts';
import { load } from './load.ts';
import { report } from './report.ts';
import { warm } from './warm.ts';

/** `npm run bench`, or some of its parts: `npm run bench -- cold warm`. With `--quick` few rounds, to see that it runs. */
const parts: Record<string, (rounds?: number) => Promise<Record<string, number>>> = {
  cold,
  warm,
  load,
  growth,
};

/** The most that each figure is to be. */
const goals: Record<string, number> = {
  'init ÷ empty': 1.6,
  'init, processor ÷ empty': 1.6,
  'init ÷ conventional': 0.5,
  'init, processor ÷ conventional': 0.5,
  'first answer ÷ conventional': 0.6,
  '/login, processor ÷ the SDK calls alone': 1.25,
  'memory after 1000 logins ÷ empty': 1.5,
  '/lookup, 1000000 ÷ 1000': 1.3,
  '/login, 1000000 ÷ 1000': 1.3,
  '/merge, 1000000 ÷ 1000': 1.3,
  'sessions lost in the soak': 0,
};

const args = process.argv.slice(2);
const quick = args.includes('--quick');
const chosen = args.filter((name) => name !== '--quick');
const figures: Record<string, number> = {};
for (const name of chosen.length > 0 ? chosen : Object.keys(parts)) {
  const part = parts[name];
  if (!part) throw new Error(`There is no ${name}: ${Object.keys(parts).join(', ')}`);
  Object.assign(figures, await part(...(quick ? [2] : [])));
}
console.table(figures);

// Of a whole run only, so that all figures are of one machine in one state.
if (chosen.length === 0) {
  const rows = Object.entries(goals).map(([name, goal]) => {
    const figure = figures[name] ?? Number.NaN;
    return [name, `≤ ${goal}`, `${figure}`, figure <= goal ? 'met' : 'not met'];
  });
  await report('goals', { figures, goals }, [{ head: ['', 'goal', 'measured', ''], rows }]);
}
