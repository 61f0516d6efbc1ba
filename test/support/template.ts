import { execFileSync } from 'node:child_process';
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { after } from 'node:test';

/** A resource as it would be after a deployment: what refers to others is filled in. */
export interface Deployed {
  type: string;
  /** CloudFormation's physical id. */
  id: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's own shapes.
  properties: Record<string, any>;
  /** By whom alone, where something was made or deleted by hand. */
  knownTo?: 'its service' | 'CloudFormation';
}

// biome-ignore lint/suspicious/noExplicitAny: the same.
type Json = any;

/**
 * The packaged template. It needs no bundles, so that it neither waits for a build nor disturbs one.
 * @throws the framework's error where it can't be packaged
 */
export const packagedTemplate = (stage: string, parameters: Record<string, string>): Json => {
  const folder = mkdtempSync(join(tmpdir(), 'template-'));
  after(() => rmSync(folder, { recursive: true, force: true }));
  for (const part of ['serverless.yml', 'package.json', 'infrastructure'])
    cpSync(part, join(folder, part), { recursive: true });
  // Where it is, it finds its libraries.
  symlinkSync(resolve('lib'), join(folder, 'lib'));
  for (const file of readdirSync('functions')) {
    mkdirSync(join(folder, 'dist', basename(file, '.ts')), { recursive: true });
    writeFileSync(join(folder, 'dist', basename(file, '.ts'), 'index.mjs'), '');
  }
  const given = Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  const osls = resolve('node_modules/.bin/osls');
  execFileSync(osls, ['package', '--stage', stage, ...given], { cwd: folder, stdio: 'pipe' });
  const file = join(folder, '.serverless/cloudformation-template-update-stack.json');
  return JSON.parse(readFileSync(file, 'utf8'));
};

/** What CloudFormation would make of a template: logical id → resource. `ids` are those that are known already. */
export const deploy = (
  template: Json,
  stack: string,
  ids: Record<string, string>,
): Record<string, Deployed> => {
  const isOn = (condition?: string): boolean => !condition || holds(template.Conditions[condition]);
  const holds = (condition: Json): boolean => {
    const { 'Fn::Equals': equals, 'Fn::Not': not, 'Fn::And': and, Condition } = condition;
    if (equals) return equals[0] === equals[1];
    if (not) return !holds(not[0]);
    return and ? and.every(holds) : isOn(Condition);
  };
  const all = Object.entries<Json>(template.Resources).filter(([, { Condition }]) => isOn(Condition));
  const named = new Map(
    all.map(([name, { Type, Properties = {} }]) => [
      name,
      { type: Type, id: ids[name] ?? nameIn(Properties) ?? `${stack}-${name}-1A2B3C` },
    ]),
  );

  const filled = (value: Json): Json => {
    if (Array.isArray(value)) return value.map(filled).filter((each) => each !== undefined);
    if (typeof value !== 'object' || value === null) return value;
    const [[key, argument] = ['', undefined]] = Object.entries<Json>(value);
    if (key in functions) return functions[key]?.(argument);
    const members = Object.entries(value).map(([name, member]) => [name, filled(member)]);
    return Object.fromEntries(members.filter(([, member]) => member !== undefined));
  };
  const functions: Record<string, (argument: Json) => Json> = {
    Ref: (name) => pseudo[name] ?? named.get(name)?.id,
    'Fn::GetAtt': ([name, attribute]) =>
      `${arnOf(named.get(name))}${attribute === 'Arn' ? '' : `/${attribute}`}`,
    'Fn::If': ([condition, then, otherwise]) => filled(isOn(condition) ? then : otherwise),
    'Fn::Join': ([separator, parts]) => filled(parts).join(separator),
    'Fn::Split': ([separator, text]) => filled(text).split(separator),
    'Fn::Sub': (text) =>
      [text]
        .flat()[0]
        .replaceAll(/\$\{([\w:]+)(\.Arn)?\}/g, (_: string, name: string, arn?: string) =>
          arn ? arnOf(named.get(name)) : (pseudo[name] ?? named.get(name)?.id),
        ),
  };

  return Object.fromEntries(
    all.map(([name, { Properties = {} }]) => [
      name,
      { ...(named.get(name) as { type: string; id: string }), properties: filled(Properties) },
    ]),
  );
};

const account = '123456789012';
const pseudo: Record<string, string | undefined> = {
  'AWS::AccountId': account,
  'AWS::Partition': 'aws',
  'AWS::Region': 'us-east-1',
  'AWS::URLSuffix': 'amazonaws.com',
};

/** What a template names itself is its physical id. */
const nameIn = ({ FunctionName, LogGroupName, AlarmName, RoleName, TableName }: Json): string | undefined =>
  FunctionName ?? LogGroupName ?? AlarmName ?? RoleName ?? TableName;

const arnOf = (resource?: { type: string; id: string }): string => {
  if (!resource) throw new Error('The template refers to something that is not in it');
  if (resource.type === 'AWS::IAM::Role') return `arn:aws:iam::${account}:role/${resource.id}`;
  return `arn:aws:${resource.type.split('::')[1]?.toLowerCase()}:us-east-1:${account}:${resource.id}`;
};
