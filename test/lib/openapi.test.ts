import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type * as z from 'zod/mini';
import { type Route, routes } from '../../lib/contract.ts';
import { examples } from '../../lib/examples.ts';
import { openapi } from '../../lib/openapi.ts';
import { descriptions } from '../../lib/openapi-schemas.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'openapi-'));
after(() => rmSync(folder, { recursive: true }));

/** A fresh document, to spoil. */
const generated = () => JSON.parse(JSON.stringify(openapi()));

/** What the linter finds in a document, as "rule pointer". Offline, and telling nobody. */
const lint = (document: object) => {
  const file = join(folder, `${crypto.randomUUID()}.json`);
  writeFileSync(file, JSON.stringify(document));
  const cli = join(root, 'node_modules/@redocly/cli/bin/cli.js');
  const options = ['--config', join(root, 'redocly.yaml'), '--format', 'json', '--max-problems', '1000'];
  const env = { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_UPDATE_NOTICE: 'true' };
  return new Promise<string[]>((resolve, reject) => {
    execFile(process.execPath, [cli, 'lint', file, ...options], { env }, (error, stdout, stderr) => {
      const { problems = [] } = stdout ? (JSON.parse(stdout) as { problems?: Finding[] }) : {};
      // It fails where it finds something: whatever else it fails of is not to look like a clean document.
      if (Boolean(error) !== problems.length > 0) reject(new Error(stderr, { cause: error }));
      resolve(problems.map(({ ruleId, location }) => `${ruleId} ${location[0]?.pointer}`));
    });
  });
};

interface Finding {
  ruleId: string;
  location: { pointer: string }[];
}

/** Every object inside, with the name it is under. */
function* within(value: unknown, name = ''): Generator<[string, Record<string, unknown>]> {
  if (typeof value !== 'object' || value === null) return;
  yield [name, value as Record<string, unknown>];
  for (const [key, inner] of Object.entries(value)) yield* within(inner, key);
}

test('openapi.json is what the contract says: else run "npm run generate"', () => {
  const committed = JSON.parse(readFileSync(join(root, 'openapi.json'), 'utf8'));
  // As text: its order is the contract's too.
  assert.equal(JSON.stringify(committed, null, 2), JSON.stringify(generated(), null, 2));
});

test('every route is an operation with every problem of its own', () => {
  const { paths, components } = generated();
  for (const { name, method, path, problems } of Object.values<Route>(routes)) {
    const operation = paths[path][method.toLowerCase()];
    assert.equal(operation.operationId, name);
    const said = JSON.stringify([operation, ...referred(operation, components)]);
    for (const code of [...problems, 'invalid_request', 'internal_error', 'timed_out'])
      assert.match(said, new RegExp(`"#/components/examples/${code}"`), `${name} ${code}`);
  }
});

const referred = (
  { responses }: { responses: Record<string, { $ref?: string }> },
  components: { responses: Record<string, unknown> },
) => Object.values(responses).map(({ $ref }) => $ref && components.responses[$ref.split('/').at(-1) ?? '']);

test('every body has an example, and every example fits the contract', () => {
  for (const [name, { value }] of contents()) assert.ok(value, name);
  for (const route of Object.values<Route>(routes)) {
    const { requests, answers } = new Map<string, Bodies>(Object.entries(examples)).get(route.name) ?? {};
    parse(route.body, requests, route.name);
    parse(route.answer, answers, route.name);
  }
});

interface Bodies {
  requests?: Record<string, unknown>;
  answers?: Record<string, unknown>;
}

/** The first example of every media type in the document. */
const contents = () =>
  [...within(generated())]
    .filter(([name]) => name.startsWith('application/'))
    .map(([name, { examples: all = {} }]): [string, { value?: unknown }] => {
      const [example] = Object.values(all as Record<string, { $ref?: string; value?: unknown }>);
      return [name, { value: example?.value ?? example?.$ref }];
    });

const parse = (schema: z.ZodMiniType | undefined, bodies: Record<string, unknown> = {}, name = '') => {
  assert.equal(Object.keys(bodies).length > 0, schema !== undefined, name);
  for (const body of Object.values(bodies)) {
    const { error } = schema?.safeParse(body) ?? {};
    assert.equal(error, undefined, `${name} ${JSON.stringify(body)} ${error?.message}`);
  }
};

test('every answer says its headers', () => {
  const { paths, components } = generated();
  const answers = [...within(paths), ...within(components)]
    .filter(([name]) => name === 'responses')
    .flatMap(([, all]) => Object.values(all as Record<string, { $ref?: string; headers?: object }>))
    .filter(({ $ref }) => $ref === undefined);
  assert.ok(answers.length > 0);
  for (const { headers = {} } of answers) {
    assert.ok('x-request-id' in headers && 'cache-control' in headers, JSON.stringify(headers));
  }
  const { Unauthorized, TooManyAttempts } = components.responses;
  assert.ok('www-authenticate' in Unauthorized.headers);
  assert.ok('retry-after' in TooManyAttempts.headers);
});

test('every member and parameter is described, and no description is of nothing', () => {
  const members: [string, Record<string, unknown>][] = [];
  for (const [name, value] of within(generated())) {
    if (name === 'properties' && !('code' in value && Object.keys(value).length === 1))
      members.push(...Object.entries(value as Record<string, Record<string, unknown>>));
    if (name === 'parameters' && Array.isArray(value))
      members.push(...value.filter((one) => !('$ref' in one)).map((one) => [one.name, one] as never));
  }
  for (const [name, { description }] of members) assert.ok(description, name);
  const used = new Set(members.map(([, { description }]) => description));
  for (const [name, description] of Object.entries(descriptions)) assert.ok(used.has(description), name);
});

test('openapi.json lints clean', async () => {
  assert.deepEqual(await lint(generated()), []);
});

test('the linter finds what is wrong', async () => {
  const document = generated();
  const { paths, components } = document;
  delete paths['/merge'].post.requestBody.content['application/json'].examples.merge.value.reason;
  delete components.examples.unauthorized.value.code;
  components.schemas.Nobody = { type: 'string' };
  delete components.headers['retry-after'];
  delete paths['/audit/{identityId}'].get.parameters;
  paths['/unlink'].post.security = [{ nobody: [] }];
  paths['/login'].post.respones = {};
  const found = await lint(document);
  for (const finding of [
    /^no-invalid-media-type-examples .*\/merge\/value$/,
    /^no-invalid-media-type-examples .*\/unauthorized\/value$/,
    /^no-unused-components .*\/Nobody$/,
    /^no-unresolved-refs .*\/retry-after$/,
    /^path-parameters-defined .*audit/,
    /^security-defined .*nobody/,
    /^struct .*respones$/,
  ]) {
    assert.ok(
      found.some((problem) => finding.test(problem)),
      `${finding} in\n${found.join('\n')}`,
    );
  }
});

test('no function carries any of it', async () => {
  const { metafile } = await build({
    entryPoints: readdirSync(join(root, 'functions')).map((file) => join(root, 'functions', file)),
    bundle: true,
    platform: 'node',
    // Names are enough: packages can't import what is here.
    packages: 'external',
    outdir: folder,
    write: false,
    metafile: true,
    logLevel: 'silent',
  });
  assert.ok(Object.keys(metafile.inputs).some((file) => file.endsWith('lib/contract.ts')));
  assert.deepEqual(
    Object.keys(metafile.inputs).filter((file) => /lib\/(openapi|examples)/.test(file)),
    [],
  );
});
