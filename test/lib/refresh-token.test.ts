import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  familyOf,
  hashOf,
  newRefreshToken,
  nextSecret,
  parseRefreshToken,
  seal,
  unseal,
} from '../../lib/refresh-token.ts';

/** A secret of any session. */
const newSecret = () => newRefreshToken().secret;

test('an id has 128 random bits, a secret 256 of its own, and none comes twice', () => {
  const tokens = Array.from({ length: 1_000 }, newRefreshToken);
  for (const { id, secret } of tokens) {
    assert.equal(Buffer.from(id, 'base64url').length, 16);
    assert.equal(Buffer.from(secret.slice(familyOf(secret).length), 'base64url').length, 32);
  }
  assert.equal(new Set(tokens.flatMap(({ id, secret }) => [id, secret])).size, 2_000);
});

test('the next secret is of the same family, of 128 random bits, and of another than all others', () => {
  const secret = newSecret();
  const next = nextSecret(secret);
  assert.notEqual(next, secret);
  assert.equal(familyOf(next), familyOf(secret));
  assert.equal(Buffer.from(familyOf(next), 'base64url').length, 16);
  assert.equal(next.length, secret.length);
  assert.notEqual(familyOf(newSecret()), familyOf(secret));
});

test('a token is parsed as it was made, and nothing else is', () => {
  const { id, secret } = newRefreshToken();
  assert.deepEqual(parseRefreshToken(`${id}.${secret}`), { id, secret });
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 80 }), (text) => {
      assert.equal(parseRefreshToken(text), undefined);
    }),
  );
});

test('a hash says nothing of its secret but that it is the same', () => {
  const secret = newSecret();
  assert.equal(hashOf(secret), hashOf(secret));
  assert.notEqual(hashOf(secret), hashOf(newSecret()));
  assert.ok(!hashOf(secret).includes(secret));
});

test('the next secret opens with the one before, and with no other', () => {
  const [previous, next] = [newSecret(), newSecret()];
  const sealed = seal(next, previous);
  assert.ok(!sealed.includes(next));
  assert.equal(unseal(sealed, previous), next);
  assert.throws(() => unseal(sealed, newSecret()));
  assert.throws(() => unseal(sealed, hashOf(previous)));
  assert.notEqual(seal(next, previous), sealed);
});

test('a sealed secret that was changed in the table does not open', () => {
  const [previous, next] = [newSecret(), newSecret()];
  const sealed = Buffer.from(seal(next, previous), 'base64url');
  for (let at = 0; at < sealed.length; at++) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] ?? 0) ^ 1;
    assert.throws(() => unseal(changed.toString('base64url'), previous), `byte ${at}`);
  }
  // A short tag would be easy to forge (NIST SP 800-38D appendix C).
  const nothing = Buffer.from(seal('', previous), 'base64url');
  assert.equal(unseal(nothing.toString('base64url'), previous), '');
  for (let length = 0; length < nothing.length; length++) {
    assert.throws(
      () => unseal(nothing.subarray(0, length).toString('base64url'), previous),
      `${length} bytes`,
    );
  }
});
