import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { test } from 'node:test';
import { commonProblems, routes } from '../../lib/contract.ts';
import { problems } from '../../lib/problem.ts';

const at = (path: string) => new URL(`../../${path}`, import.meta.url);

test('every route has its function, its recorded event and its tests, and there are no others', () => {
  for (const [key, { name }] of Object.entries(routes)) {
    assert.equal(key, name);
    for (const path of [`events/${name}.json`, `test/functions/${name}.test.ts`])
      assert.ok(existsSync(at(path)), path);
  }
  const names = [...Object.keys(routes), 'resume'];
  assert.deepEqual(readdirSync(at('functions')).sort(), names.map((name) => `${name}.ts`).sort());
});

test('every problem belongs to some route', () => {
  const declared = new Set([...commonProblems, ...Object.values(routes).flatMap((route) => route.problems)]);
  assert.deepEqual(declared, new Set(Object.keys(problems)));
});
