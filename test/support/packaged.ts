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
import { join, resolve } from 'node:path';
import { after } from 'node:test';
import { decided } from './conditions.ts';

export interface Resource {
  Type: string;
  DependsOn?: string[];
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's own shapes, which the validator knows.
  Properties: Record<string, any>;
}

export interface Template {
  Outputs: Record<string, unknown>;
  Resources: Record<string, Resource>;
}

interface Packaged {
  /** As it is written, with its conditions. */
  file: string;
  /** As it is deployed. */
  template: Template;
  /** What every deployment is held to. */
  stackPolicy: { Effect: string; Principal: string; Action: string[]; Resource: string[] }[];
}

const folder = mkdtempSync(join(tmpdir(), 'packaged-'));
after(() => rmSync(folder, { recursive: true }));
execFileSync('npm', ['run', 'build'], { stdio: 'pipe' });

/** Where nothing is to be zipped, which takes most of the time: all that packaging reads but the bundles. */
const service = join(folder, 'service');
for (const part of ['serverless.yml', 'package.json', 'infrastructure'])
  cpSync(part, join(service, part), { recursive: true });
// Where it is, it finds its libraries.
symlinkSync(resolve('lib'), join(service, 'lib'));
for (const name of readdirSync('dist')) {
  mkdirSync(join(service, 'dist', name), { recursive: true });
  writeFileSync(join(service, 'dist', name, 'index.mjs'), '');
}

/**
 * Packages into a folder of its own, with stage and parameters as a deployer gives them.
 * @throws an error with `stdout`, the framework's words, when it can't be packaged
 */
export const packaged = (parameters: Record<string, string> = {}, stage = 'dev', cwd = service): Packaged => {
  const out = mkdtempSync(join(folder, 'package-'));
  const given = Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  const args = ['package', '--package', out, '--stage', stage, ...given];
  execFileSync(resolve('node_modules/.bin/osls'), args, { cwd, stdio: 'pipe' });
  const file = join(out, 'cloudformation-template-update-stack.json');
  const state = JSON.parse(readFileSync(join(out, 'serverless-state.json'), 'utf8'));
  const template = decided(JSON.parse(readFileSync(file, 'utf8')));
  return { file, template, stackPolicy: state.service.provider.stackPolicy };
};

/** Of the deployment `http` every other parameter is changed too. */
export const changes = {
  developerProviderName: 'login.example.com',
  allowGuests: 'true',
  sessionLifetimeSeconds: '60',
  staffIssuer: 'https://staff.example',
  staffAudience: 'staff',
  staffJwksUrl: 'https://staff.example/jwks',
  staffConcurrency: '5',
  corsOrigins: 'https://a.example,https://b.example',
  backendUrl: 'https://a.example/login',
  backendRefreshUrl: 'https://a.example/refresh',
  backendSecretArn: 'arn:aws:secretsmanager:us-east-1:000000000000:secret:backend-AbCdEf',
  userPolicies: 'example',
  principalTags: 'tenant',
  loginRate: '1',
  refreshRate: '2',
  accountRate: '3',
  healthRate: '4',
  otherRate: '5',
  alarmTopicArn: 'arn:aws:sns:us-east-1:000000000000:alarms',
  loginFailuresAlarm: '7',
  logRetentionDays: '14',
  logLevel: 'WARN',
  logSampleRate: '0.5',
  tracing: 'Active',
};

/** And `jwt` is with a pool, a domain and an address of the deployer's own. */
export const own = {
  identityPoolId: 'us-east-1:00000000-0000-4000-8000-000000000000',
  allowGuests: 'true',
  domainName: 'api.example.com',
  certificateArn: 'arn:aws:acm:us-east-1:000000000000:certificate/00000000-0000-4000-8000-000000000000',
  alarmEmail: 'ops@example.com',
};

/** Without a parameter and really packaged, as the other authenticators need it, and for production. */
export const directory = packaged({}, 'dev', '.');
export const http = packaged({ authenticator: 'http', ...changes });
export const jwt = packaged({
  authenticator: 'jwt',
  jwtIssuer: 'i',
  jwtAudience: 'a',
  jwtJwksUrl: 'https://a.example',
  ...own,
});
export const prod = packaged({}, 'prod');

export const propertiesOf = (logicalId: string, { template } = directory): Resource['Properties'] =>
  template.Resources[logicalId]?.Properties ?? {};

/** What the framework makes for a function is named so: delete-identity has DeleteDashidentityLambdaFunction. */
export const logicalName = (name: string): string => capitalize(name.replaceAll('-', 'Dash'));
/** The function's role: delete-identity has DeleteIdentityRole. */
export const roleName = (name: string): string => `${name.split('-').map(capitalize).join('')}Role`;

const capitalize = (word: string) => word.replace(/^./, (letter) => letter.toUpperCase());
