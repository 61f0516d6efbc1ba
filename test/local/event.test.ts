import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchPath, toResult } from '../../local/event.ts';

test('a pattern matches whole paths, and takes their parameters', () => {
  assert.deepEqual(matchPath('/login', '/login'), {});
  for (const path of ['/login/', '/login/x', '/a/login', '/LOGIN', '/'])
    assert.equal(matchPath('/login', path), undefined, path);
  assert.deepEqual(matchPath('/identities/{id}', '/identities/us-east-1:0-f'), { id: 'us-east-1:0-f' });
  assert.equal(matchPath('/identities/{id}', '/identities/'), undefined);
  assert.equal(matchPath('/identities/{id}', '/identities'), undefined);
});

test('the last parameter takes slashes too, one before it does not', () => {
  const pattern = '/identities/{id}/users/{user}';
  assert.deepEqual(matchPath(pattern, '/identities/1/users/a/b'), { id: '1', user: 'a/b' });
  assert.equal(matchPath(pattern, '/identities/1/2/users/a'), undefined);
  assert.equal(matchPath('/identities/{id}/users', '/identities/1/2/users'), undefined);
});

test('parameters are their own, whatever they are called', () => {
  assert.deepEqual(Object.keys(matchPath('/{toString}', '/a') ?? {}), ['toString']);
  assert.equal(matchPath('/{id}', '/__proto__')?.id, '__proto__');
});

test('an answer without a statusCode is a JSON body as a whole, nothing an empty one', () => {
  const json = { 'content-type': 'application/json' };
  assert.deepEqual(toResult({ a: 1 }), { statusCode: 200, headers: json, body: '{"a":1}' });
  assert.deepEqual(toResult('text'), { statusCode: 200, headers: json, body: '"text"' });
  assert.deepEqual(toResult(null), { statusCode: 200, headers: json, body: 'null' });
  assert.deepEqual(toResult(undefined), { statusCode: 200, headers: json, body: '' });
  assert.deepEqual(toResult({ statusCode: 204 }), { statusCode: 204 });
});
