import { globSync, readFileSync } from 'node:fs';

// The parameters of serverless.yml, for docs/configuration.md. Of the build only.

export interface Parameter {
  /** The default. */
  standard: string;
  /** Stage → its own value. */
  stages: Record<string, string>;
  /** What it is for. */
  text: string;
}

/** Those without a comment of their own in serverless.yml: the one above their neighbour is not always about them. */
const bare: Record<string, string> = {
  certificateArn: "The ARN of that domain's certificate, in the stack's region",
  refreshRate: 'The same for POST /refresh',
  healthRate: 'GET /health',
  alarmEmail: 'An e-mail address that is told, beside the topic or instead of it',
  logRetentionDays: 'How many days logs are kept',
  logLevel: 'From which level on lines are logged: DEBUG, INFO, WARN or ERROR',
};

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** `default`, or a stage. */
const block = /^ {2}(?<stage>\w+):\n(?<lines>(?: {4}.*\n|\n)+)/gm;

/** A parameter with the comment right above it. A line of dashes is a heading, for those who read that file. */
const parameter = /(?<comment>(?: {4}#.*\n)*) {4}(?<name>\w+): *(?<value>.*)/g;

const sentences = (comment: string) =>
  comment
    .replaceAll(/ *# (---.*\n)?/g, '')
    .trim()
    .replaceAll('\n', ' ')
    .replace(/\.$/, '');

/** Stage → name → value and comment. */
const readBlocks = () => {
  const file = read('serverless.yml');
  const [, service = ''] = /^service: (.*)$/m.exec(file) ?? [];
  const [, params = ''] = /^params:\n((?: .*\n|\n)+)/m.exec(file) ?? [];
  const entries = (lines: string) =>
    [...lines.matchAll(parameter)].map(({ groups: { comment = '', name = '', value = '' } = {} }) => ({
      name,
      value: value.replace(/^'(.*)'$/, '$1').replace('${self:service}', service),
      comment: sentences(comment),
    }));
  return [...params.matchAll(block)].map(({ groups: { stage = '', lines = '' } = {} }) => ({
    stage,
    entries: entries(lines),
  }));
};

/** By name. */
export const parameters = (): Map<string, Parameter> => {
  const [standards, ...stages] = readBlocks();
  const ofStages = (name: string) =>
    stages.flatMap(({ stage, entries }) =>
      entries.filter((entry) => entry.name === name).map(({ value }) => [stage, value]),
    );
  return new Map(
    standards?.entries.map(({ name, value, comment }) => [
      name,
      { standard: value, stages: Object.fromEntries(ofStages(name)), text: comment || (bare[name] ?? '') },
    ]),
  );
};

/** Some have no default, and are only named where they are used. */
export const parameterNames = new Set(
  [
    'serverless.yml',
    ...globSync('infrastructure/**/*.yml', { cwd: new URL('../../', import.meta.url) }),
  ].flatMap((path) => [...read(path).matchAll(/\$\{param:(\w+)/g)].map(([, name = '']) => name)),
);
