import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after } from 'node:test';

export interface Resource {
  Type: string;
  DeletionPolicy?: string;
  UpdateReplacePolicy?: string;
  // biome-ignore lint/suspicious/noExplicitAny: CloudFormation's own shapes, which the validator knows.
  Properties: Record<string, any>;
}

export interface Template {
  Conditions: Record<string, { 'Fn::Equals': unknown[] }>;
  Resources: Record<string, Resource>;
}

interface Packaged {
  template: Template;
  file: string;
}

const folder = mkdtempSync(join(tmpdir(), 'packaged-'));
after(() => rmSync(folder, { recursive: true }));
execFileSync('npm', ['run', 'build'], { stdio: 'pipe' });

/**
 * Packages into a folder of its own, with parameters as a deployer gives them.
 * @throws an error with `stdout`, the framework's words, when it can't be packaged
 */
export const packaged = (parameters: Record<string, string> = {}): Packaged => {
  const out = mkdtempSync(join(folder, 'package-'));
  const args = Object.entries(parameters).flatMap(([name, value]) => ['--param', `${name}=${value}`]);
  execFileSync('node_modules/.bin/osls', ['package', '--package', out, ...args], { stdio: 'pipe' });
  const file = join(out, 'cloudformation-template-update-stack.json');
  return { file, template: JSON.parse(readFileSync(file, 'utf8')) };
};

/** Of the deployment `http` every other parameter is changed too. */
export const changes = {
  developerProviderName: 'login.example.com',
  allowGuests: 'true',
  sessionLifetimeSeconds: '60',
  staffIssuer: 'https://staff.example',
  staffConcurrency: '5',
  corsOrigins: 'https://a.example,https://b.example',
  backendUrl: 'https://a.example/login',
  backendRefreshUrl: 'https://a.example/refresh',
  backendSecret: '{{resolve:secretsmanager:backend}}',
};

/** Packaged without a parameter, and as the other authenticators need it. Packaging takes seconds: once is enough. */
export const directory = packaged();
export const http = packaged({ authenticator: 'http', ...changes });
export const jwt = packaged({
  authenticator: 'jwt',
  jwtIssuer: 'i',
  jwtAudience: 'a',
  jwtJwksUrl: 'https://a.example',
});

export const propertiesOf = (logicalId: string, { template } = directory): Resource['Properties'] =>
  template.Resources[logicalId]?.Properties ?? {};

/** What the framework makes for a function is named so: delete-identity has DeleteDashidentityLambdaFunction. */
export const logicalName = (name: string): string => capitalize(name.replaceAll('-', 'Dash'));
/** The function's role: delete-identity has DeleteIdentityRole. */
export const roleName = (name: string): string => `${name.split('-').map(capitalize).join('')}Role`;

const capitalize = (word: string) => word.replace(/^./, (letter) => letter.toUpperCase());
