import { readFile, writeFile } from 'node:fs/promises';
import { defaults, refreshing } from './scale-model.ts';
import { mapped, simulate } from './scale-simulation.ts';
import { filled, type Row, tables } from './scale-tables.ts';

/** How docs/scale.md's figures come about: the same at every run. */
const seed = 20_261_121;
const loginsPerSecond = [10, 1_000, 100_000];

/** Three digits are as much as the assumptions bear, and more would differ between machines. */
const short = (value: number) => Number(value.toPrecision(3));

export const rows = (): Row[] =>
  (['none', 'defaults'] as const).flatMap((quotas) =>
    loginsPerSecond.flatMap((logins) =>
      Object.entries(refreshing).map(([how, refreshEvery]) => {
        const limited = quotas === 'defaults' ? { quotas: defaults } : {};
        const result = simulate({ loginsPerSecond: logins, refreshEvery, seed, ...limited });
        return {
          loginsPerSecond: logins,
          refreshing: how,
          quotas,
          asked: mapped(result.asked, short),
          throttled: mapped(result.throttled, short),
          came: short(result.came),
          gaveUp: short(result.gaveUp),
          p50: result.p50,
          p99: result.p99,
        };
      }),
    ),
  );

if (import.meta.main) {
  const results = rows();
  for (const [name, table] of Object.entries(tables(results))) console.log(`${name}\n${table}\n`);
  await writeFile('bench/results/scale.json', `${JSON.stringify(results, null, 2)}\n`);
  const document = await readFile('docs/scale.md', 'utf8');
  await writeFile('docs/scale.md', filled(document, results));
}
