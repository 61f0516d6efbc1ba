import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildAll } from '../build.ts';
import recorded from '../events/login.json' with { type: 'json' };
import type { AwsStub } from './aws-stub.ts';
import type { LambdaFunction } from './runtime-api.ts';

const baseline = fileURLToPath(new URL('baseline/', import.meta.url));

/** What is measured beside ours. */
export type Column = 'empty' | 'sdk' | 'conventional' | 'ours';
export const titles: Record<Column, string> = {
  empty: 'an empty handler',
  sdk: 'the SDK calls alone',
  conventional: 'a conventional login',
  ours: 'ours',
};

/** Makes what is compared, as folders that Lambda's runtime client can load: by name, a function of ours or another. */
export const prepare = async () => {
  // Lambda's runtime client is compiled: this takes a minute, and needs cmake, make and a C++ compiler.
  if (!existsSync(`${baseline}node_modules`)) {
    console.error('Installing what is compared with, and Lambda’s runtime client …');
    execFileSync('npm', ['ci', '--workspaces=false'], {
      cwd: baseline,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  }
  await buildAll();
  const out = mkdtempSync(join(tmpdir(), 'bench-'));
  const others = ['empty', 'sdk', 'conventional'];
  await Promise.all(others.map((name) => plainBundle(name, join(out, name))));
  return (name: string): string =>
    others.includes(name) ? join(out, name) : join(process.cwd(), 'dist', name);
};

/** As usual: an ES module, with the one line that CommonJS packages need in it. */
const plainBundle = (name: string, folder: string) =>
  build({
    entryPoints: [`${baseline}${name}.mjs`],
    outfile: join(folder, 'index.mjs'),
    bundle: true,
    minify: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    banner: {
      js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);",
    },
    logLevel: 'error',
  });

/** A function in its folder, with the settings that all of them read. */
export const lambda = (folder: string, { url }: AwsStub): LambdaFunction => ({
  folder,
  env: {
    AWS_ENDPOINT_URL_COGNITO_IDENTITY: url,
    AWS_ENDPOINT_URL_DYNAMODB: url,
    IDENTITY_POOL_ID: 'us-east-1:00000000-0000-4000-8000-000000000000',
    DEVELOPER_PROVIDER_NAME: 'login.bench',
    TABLE_NAME: 'table',
    AUDIT_TABLE_NAME: 'audit',
    AUTHENTICATOR: 'jwt',
    JWT_ISSUER: 'bench',
    JWT_AUDIENCE: 'bench',
    JWT_JWKS_URL: `${url}/jwks`,
    JWT_MAX_AGE_SECONDS: '3600',
    STAFF_ISSUER: 'bench',
    STAFF_AUDIENCE: 'bench',
    STAFF_JWKS_URL: `${url}/jwks`,
  },
});

/** An event as API Gateway's HTTP API sends it. */
export const event = (rawPath: string, { token = '', body = {}, query = '' } = {}) => ({
  ...recorded,
  rawPath,
  rawQueryString: query,
  headers: { ...recorded.headers, ...(token && { authorization: `Bearer ${token}` }) },
  body: JSON.stringify(body),
});
