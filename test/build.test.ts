import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { after, test } from 'node:test';
import { CognitoIdentityClient } from '@aws-sdk/client-cognito-identity';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { endpointOf } from '../build/endpoints.ts';
import { buildAll } from '../build.ts';

const folder = mkdtempSync(join(tmpdir(), 'build-'));
after(() => rmSync(folder, { recursive: true }));

/** What each file holds: its bytes, and those of each package and of each folder of ours. */
const files = Object.entries(await buildAll(folder))
  .filter(([path]) => path.endsWith('.cjs'))
  .map(([path, { bytes, inputs }]) => {
    const parts: Record<string, number> = {};
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      if (bytesInOutput > 0 && input !== '<stdin>')
        parts[partOf(input)] = (parts[partOf(input)] ?? 0) + bytesInOutput;
    }
    return { name: basename(dirname(path)), file: basename(path), bytes, parts, inputs: Object.keys(inputs) };
  });
const bundles = files.filter(({ file }) => file === 'function.cjs');

function partOf(input: string) {
  const [, name] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input) ?? [];
  return name ?? (input.includes('/') ? dirname(input).split('/')[0] : input) ?? '';
}

const every = [
  '@aws-lambda-powertools/commons',
  '@aws-lambda-powertools/logger',
  '@aws-lambda-powertools/metrics',
  '@aws-sdk/core',
  '@aws-sdk/credential-provider-env',
  '@aws/lambda-invoke-store',
  '@middy/core',
  '@middy/http-json-body-parser',
  '@middy/util',
  '@smithy/core',
  '@smithy/node-http-handler',
  '@smithy/signature-v4',
  '@smithy/types',
  'build',
  'functions',
  'lib',
  'zod',
];
const table = [
  '@aws-sdk/client-dynamodb',
  '@aws-sdk/dynamodb-codec',
  '@aws-sdk/lib-dynamodb',
  '@aws-sdk/middleware-endpoint-discovery',
  '@aws-sdk/util-dynamodb',
];
const cognito = ['@aws-sdk/client-cognito-identity'];
const idempotency = ['@aws-lambda-powertools/idempotency', '@aws-lambda-powertools/jmespath'];

/** Of each bundle the most bytes it may have, and what may be in it besides `every`. Its source map is not counted. */
const allowed: Record<string, [bytes: number, ...parts: string[][]]> = {
  login: [260_000, table, cognito, ['jose']],
  refresh: [255_000, table, cognito, ['jose']],
  logout: [235_000, table],
  account: [220_000, cognito],
  'merge-accounts': [310_000, table, cognito, idempotency],
  'unlink-account': [310_000, table, cognito, idempotency],
  lookup: [220_000, cognito],
  merge: [300_000, table, cognito, idempotency],
  unlink: [300_000, table, cognito, idempotency],
  'list-identities': [220_000, cognito],
  'describe-identity': [220_000, cognito],
  'delete-identity': [300_000, table, cognito, idempotency],
  'end-sessions': [300_000, table, cognito, idempotency],
  audit: [235_000, table],
  health: [250_000, table, cognito, ['package.json']],
  resume: [245_000, table, cognito],
};

test('every function has a budget', () => {
  assert.deepEqual(new Set(bundles.map(({ name }) => name)), new Set(Object.keys(allowed)));
});

for (const { name, bytes, parts } of bundles) {
  const [budget = 0, ...more] = allowed[name] ?? [];
  test(`the bundle of ${name} holds what it needs, in ${budget} bytes`, () => {
    const others = Object.keys(parts).filter((part) => !every.includes(part) && !more.flat().includes(part));
    assert.deepEqual(others, []);
    assert.ok(bytes <= budget, `${bytes} bytes`);
  });
}

test('no bundle has the whole of zod, the chain of credentials, a tracer, or what is not the service', () => {
  const unwanted =
    /zod\/v4\/(classic|locales)|credential-provider-(?!env|node\/dist-es\/index)|nested-clients|xray|^(emulator|local|test|bench)\//;
  for (const { name, inputs } of files) {
    assert.deepEqual(
      inputs.filter((input) => unwanted.test(input)),
      [],
      name,
    );
  }
});

test('what only some requests need is in a file of its own', () => {
  assert.ok(files.some(({ name, file }) => name === 'login' && file === 'jose.cjs'));
  const onDemand = /jose\/dist\/webapi\/jwks|powertools\/parameters/;
  for (const { name, inputs } of bundles) {
    assert.deepEqual(
      inputs.filter((input) => onDemand.test(input)),
      [],
      name,
    );
  }
});

test('no bundle asks for what Node would have to load to say that it is there', () => {
  for (const { name, file } of files)
    assert.doesNotMatch(readFileSync(join(folder, name, file), 'utf8'), /\b(ReadableStream|navigator)\b/);
});

test('without the SDK’s rules, the services are where those say', async () => {
  const regions = [
    'us-east-1',
    'eu-central-1',
    'ap-southeast-7',
    'mx-central-1',
    'cn-north-1',
    'cn-northwest-1',
  ];
  const others = [
    'us-gov-west-1',
    'eusc-de-east-1',
    'us-iso-east-1',
    'us-isob-east-1',
    'eu-isoe-west-1',
    'us-isof-south-1',
  ];
  for (const Region of [...regions, ...others, 'made-up-1']) {
    for (const [service, client] of [
      ['dynamodb', new DynamoDBClient({ region: Region })],
      ['cognito-identity', new CognitoIdentityClient({ region: Region })],
      ['secretsmanager', new SecretsManagerClient({ region: Region })],
    ] as const) {
      for (const Endpoint of [undefined, 'http://localhost:8000']) {
        const parameters = { Region, UseFIPS: false, UseDualStack: false, ...(Endpoint && { Endpoint }) };
        assert.deepEqual(endpointOf(service)(parameters), client.config.endpointProvider(parameters));
      }
    }
  }
  assert.throws(() => endpointOf('dynamodb')({ Region: 'us-gov-west-1', UseFIPS: true }), /FIPS/);
});
