import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { localVariables } from '../../docs/generate/configuration.ts';
import { generated } from '../../docs/generate/main.ts';
import { variables } from '../../lib/config.ts';
import { type Route, routes } from '../../lib/contract.ts';
import { matchPath } from '../../local/event.ts';
import packageJson from '../../package.json' with { type: 'json' };
import { anchorsOf, blocksOf, ownPages, pages, proseOf } from './markdown.ts';

const all = Object.values<Route>(routes);

/** Every match of a pattern in every page, and where it is. */
const found = (pattern: RegExp, text = (page: string) => page, among = ownPages) =>
  among.flatMap(([path, page]) =>
    [...text(page).matchAll(pattern)].map(([, match = '']) => ({ path, match })),
  );

const links = found(/\]\(([^)\s]+)\)/g, proseOf, [...pages]);

test('a generated file is what is generated: else run "npm run generate"', () => {
  for (const [path, content] of Object.entries(generated)) {
    const committed = readFileSync(path, 'utf8');
    // Its formatter breaks lines as it likes.
    if (path.endsWith('.json')) assert.deepEqual(JSON.parse(committed), JSON.parse(content()), path);
    else assert.equal(committed, content(), path);
  }
});

test('every link leads somewhere: a file, a heading, or a well-formed address', () => {
  for (const { path, match } of links) {
    if (/^[a-z]+:/.test(match)) {
      assert.match(new URL(match).protocol, /^https:$/, `${path}: ${match}`);
      continue;
    }
    const [file = '', anchor] = match.split('#');
    const target = file ? join(dirname(path), file) : path;
    assert.ok(existsSync(target), `${path}: ${match}`);
    if (anchor) assert.ok(anchorsOf(pages.get(target) ?? '').has(anchor), `${path}: ${match}`);
  }
});

test('every page can be reached from the README', () => {
  const reached = new Set(['README.md', 'SECURITY.md']);
  for (const page of reached) {
    for (const { path, match } of links)
      if (path === page && match.endsWith('.md')) reached.add(join(dirname(path), match));
  }
  assert.deepEqual(
    [...pages.keys()].filter((path) => !reached.has(path)),
    [],
  );
});

test("the README's table of routes is the contract's", () => {
  const rows = [
    ...(pages.get('README.md') ?? '').matchAll(
      /^\| `([A-Z]+ \/[^`]*)` \| (staff, `(.*?)`|app user|anyone)/gm,
    ),
  ].map(([, route, who, scope]) => [route, scope ?? (who === 'app user' ? 'user' : who)]);
  assert.deepEqual(
    rows,
    all.map(({ method, path, caller }) => [`${method} ${path}`, caller]),
  );
});

test('every route that is named exists', () => {
  const known = new Set([...all.map(({ method, path }) => `${method} ${path}`), 'GET /docs']);
  const named = found(/`((?:GET|POST|PUT|PATCH|DELETE) \/[^`\s?]*)`/g);
  assert.ok(named.length > all.length);
  for (const { path, match } of named) assert.ok(known.has(match), `${path}: ${match}`);
  const called = found(/http:\/\/localhost:3000(\/[^\s'"`>?]*)/g);
  assert.ok(called.length > 10);
  for (const { path, match } of called)
    assert.ok(
      [...all, { path: '/docs' }, { path: '/demo' }].some((route) => matchPath(route.path, match)),
      `${path}: ${match}`,
    );
});

test('every npm script that is named exists', () => {
  const named = found(/npm (?:run )?(?:-s )?((?<=run (?:-s )?)[\w:-]+|start|test)\b/g);
  assert.ok(named.length > 20);
  const scripts = new Set([...Object.keys(packageJson.scripts)]);
  for (const { path, match } of named) assert.ok(scripts.has(match), `${path}: ${match}`);
});

test('every file, event and setting that is named exists', () => {
  const files = found(/`((?:docs|emulator|events|functions|infrastructure|lib|local|test)\/[\w./-]*)`/g);
  assert.ok(files.length > 10);
  for (const { path, match } of files) assert.ok(existsSync(match), `${path}: ${match}`);
  const known = new Set([...variables, ...Object.keys(localVariables)]);
  const settings = found(/`([A-Z]+(?:_[A-Z]+)+)[`=]/g);
  assert.ok(settings.length > 30);
  // Those of AWS's own clients are theirs.
  const ours = settings.filter(({ match }) => !match.startsWith('AWS_'));
  for (const { path, match } of ours) assert.ok(known.has(match), `${path}: ${match}`);
});

test('what npm start reads is said', () => {
  const read = globSync('local/*.ts').flatMap((path) =>
    [...readFileSync(path, 'utf8').matchAll(/(?:port\('|process\.env\.)([A-Z_]+)/g)].map(([, name]) => name),
  );
  const known = [...variables, 'AWS_PROFILE', 'AWS_SESSION_TOKEN'];
  assert.deepEqual(
    new Set(read.filter((name) => !known.includes(name ?? ''))),
    new Set(Object.keys(localVariables)),
  );
});

test('every test that the security page names is there', () => {
  const named = [...(pages.get('docs/security.md') ?? '').matchAll(/\[([^\]]+)\]\(\.\.\/(test\/[^)]+)\)/g)];
  assert.ok(named.length > 30);
  for (const [, title = '', path = ''] of named) {
    const titles = [...readFileSync(path, 'utf8').matchAll(/\btest\(\s*(['"`])(.*?)\1,/gs)].map(
      ([, , text]) => text,
    );
    assert.ok(titles.includes(title), `${path}: ${title}`);
  }
});

test('every block says in which language it is, and what is not run says why', () => {
  for (const [path, page] of ownPages) {
    for (const { language, note } of blocksOf(page)) {
      assert.ok(language, path);
      if (note) assert.match(note, /^(file: [\w.-]+\.mjs|not run: .+)$/, path);
      if (language === 'js') assert.ok(note, path);
    }
  }
});
