import { behaviour, costs, defaults, loads, refreshing } from './scale-model.ts';
import type { Component, PerComponent, Result } from './scale-simulation.ts';

/** One line of bench/results/scale.json. */
export interface Row extends Result {
  loginsPerSecond: number;
  /** A name of `refreshing`. */
  refreshing: string;
  quotas: 'none' | 'defaults';
}

const names: Record<Component, string> = {
  apiGateway: 'API Gateway',
  lambda: 'Lambda',
  reads: 'DynamoDB reads',
  writes: 'DynamoDB writes',
  tokens: 'developer tokens',
  credentials: 'credentials',
};

/** What an account in a region has by default, in `PerComponent`'s units. A table is counted as it is after growing. */
const most: PerComponent = { ...defaults, reads: defaults.tableMost, writes: defaults.tableMost };

const table = (head: string[], rows: (string | number)[][]): string =>
  [head, head.map((_, index) => (index === 0 ? '---' : '--:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');

const number = (value: number) => Number(value.toPrecision(3)).toLocaleString('en-US');
const dollars = (value: number) => value.toFixed(2);
const percent = (value: number) => `${(100 * value).toFixed(value < 0.1 && value > 0 ? 1 : 0)} %`;

const costTable = () => {
  const [login, refresh] = [costs(loads.login), costs(loads.refresh)];
  const sum = (of: Record<string, number>) => Object.values(of).reduce((total, each) => total + each, 0);
  return table(
    ['dollars', 'a million logins', 'a million refreshes'],
    [
      ...Object.entries(login).map(([name, cost]) => [
        name,
        dollars(cost),
        dollars(refresh[name as keyof typeof refresh]),
      ]),
      ['Cognito identity pool', '0.00', '0.00'],
      ['**together**', `**${dollars(sum(login))}**`, `**${dollars(sum(refresh))}**`],
    ],
  );
};

/** The component of which the largest share of its default is asked. */
const bound = ({ asked }: Row): [Component, number] => {
  const shares = Object.entries(asked).map(([name, value]): [Component, number] => [
    name as Component,
    value / most[name as Component],
  ]);
  return shares.reduce((first, each) => (each[1] > first[1] * 1.01 ? each : first));
};

const needsTable = (rows: Row[]) =>
  table(
    ['logins a second, a new token', ...Object.values(names), 'binds first'],
    rows.map((row) => {
      const [name, share] = bound(row);
      return [
        `${number(row.loginsPerSecond)}, ${row.refreshing}`,
        ...Object.keys(names).map((component) => number(row.asked[component as Component])),
        share > 1
          ? `${names[name]}: ${number(share)} times its quota`
          : `none: ${names[name]} at ${percent(share)}`,
      ];
    }),
  );

const limitedTable = (rows: Row[]) =>
  table(
    [
      'logins a second, a new token',
      'gave up',
      'half waited',
      '1 of 100 waited',
      'refused a second: API Gateway',
      'Lambda',
      'DynamoDB',
      'tokens',
      'credentials',
    ],
    rows.map(({ loginsPerSecond, refreshing: how, came, gaveUp, p50, p99, throttled }) => [
      `${number(loginsPerSecond)}, ${how}`,
      percent(gaveUp / came),
      `${p50} s`,
      `${p99} s`,
      number(throttled.apiGateway),
      number(throttled.lambda),
      number(throttled.reads + throttled.writes),
      number(throttled.tokens),
      number(throttled.credentials),
    ]),
  );

/** How much one login a second comes to, with all that follows it. */
const mostTable = () =>
  table(
    ['a new token', 'tokens of a login', 'credentials of a login', 'most logins a second by default'],
    Object.entries(refreshing).map(([how, every]) => {
      const tokens = Math.max(1, behaviour.used / every);
      const credentials = behaviour.used / behaviour.credentials;
      const logins = Math.min(defaults.tokens / tokens, defaults.credentials / credentials);
      return [how, tokens, credentials, number(logins)];
    }),
  );

/** What docs/scale.md shows, by the name in its marks. */
export const tables = (rows: Row[]): Record<string, string> => ({
  costs: costTable(),
  most: mostTable(),
  needs: needsTable(rows.filter(({ quotas }) => quotas === 'none')),
  limited: limitedTable(rows.filter(({ quotas }) => quotas === 'defaults')),
});

/** The document with its tables as they are now. */
export const filled = (document: string, rows: Row[]): string =>
  Object.entries(tables(rows)).reduce(
    (text, [name, content]) =>
      text.replace(
        new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(<!-- /${name} -->)`),
        (_, begin: string, end: string) => `${begin}\n${content}\n\n${end}`,
      ),
    document,
  );
