import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type MemberError, Problem } from '../../lib/problem.ts';

const errorsOf = (...errors: MemberError[]): unknown => {
  const { body = '' } = new Problem('invalid_request', { errors }).toResponse('id');
  return JSON.parse(body).errors;
};
const pointerOf = (...path: PropertyKey[]) => errorsOf({ path, detail: 'is wrong' });
const pointing = (pointer: string) => [{ pointer, detail: 'is wrong' }];

test('a pointer is a JSON Pointer in a URI fragment, whatever the members are called', () => {
  assert.deepEqual(pointerOf(), pointing('#'));
  assert.deepEqual(pointerOf('logins', 'a/b'), pointing('#/logins/a~1b'));
  assert.deepEqual(pointerOf('~1', '~'), pointing('#/~01/~0'));
  assert.deepEqual(pointerOf('a b%#é', 0), pointing('#/a%20b%25%23%C3%A9/0'));
});

test('half a character in a name is replaced: no URI can hold it', () => {
  assert.deepEqual(pointerOf('a\ud800b'), pointing('#/a%EF%BF%BDb'));
  const query = errorsOf({ in: 'query', path: ['\udc00'], detail: 'is wrong' });
  assert.deepEqual(query, [{ in: 'query', name: '\ufffd', detail: 'is wrong' }]);
});

test('a long name is cut, between or within its characters, and escaped afterwards', () => {
  assert.deepEqual(pointerOf('x'.repeat(100)), pointing(`#/${'x'.repeat(64)}`));
  assert.deepEqual(pointerOf(`${'x'.repeat(63)}😀`), pointing(`#/${'x'.repeat(63)}%EF%BF%BD`));
  assert.deepEqual(pointerOf('/'.repeat(100)), pointing(`#/${'~1'.repeat(64)}`));
  const query = errorsOf({ in: 'query', path: ['x'.repeat(100)], detail: 'is wrong' });
  assert.deepEqual(query, [{ in: 'query', name: 'x'.repeat(64), detail: 'is wrong' }]);
});

test('of many errors the first twenty are named', () => {
  const many = Array.from({ length: 30 }, (_, index) => ({ path: [index], detail: 'is wrong' }));
  assert.deepEqual(
    errorsOf(...many),
    many.slice(0, 20).map(({ path, detail }) => ({ pointer: `#/${path[0]}`, detail })),
  );
});
