import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import type { Spread } from './statistics.ts';

const readme = new URL('README.md', import.meta.url);

export interface Table {
  head: string[];
  rows: string[][];
}

/** Keeps a part's figures in results/<part>.json, and its table in README.md between the part's two marks. */
export const report = async (part: string, figures: object, tables: Table[]) => {
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, Node ${process.version}`;
  const about = { date: new Date().toISOString(), machine, loadAverage: loadavg()[0] };
  const json = JSON.stringify({ ...about, ...figures }, null, 2);
  await writeFile(new URL(`results/${part}.json`, import.meta.url), `${json}\n`);
  const text = [`${about.date.slice(0, 10)}, ${machine}:`, ...tables.map(markdown)].join('\n\n');
  console.log(`\n## ${part}\n\n${text}`);
  const marks = new RegExp(`(<!-- ${part} -->\n)[\\s\\S]*?(<!-- /${part} -->)`);
  const page = await readFile(readme, 'utf8');
  await writeFile(
    readme,
    page.replace(marks, (_, begin, end) => `${begin}\n${text}\n\n${end}`),
  );
};

const markdown = ({ head, rows }: Table) =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** `12.3 (11.9–13)` */
export const show = ({ median, from, to }: Spread) => `${median} (${from}–${to})`;
