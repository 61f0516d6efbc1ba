import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decoyHash, hashPassword, isOutdated, verifyPassword } from '../../lib/password.ts';

/** From the reference implementation's own tests: github.com/P-H-C/phc-winner-argon2, src/test.c. */
const referenceHash =
  '$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc';

test('a hash of the reference implementation verifies', async () => {
  assert.equal(await verifyPassword('password', referenceHash), true);
  assert.equal(await verifyPassword('passwore', referenceHash), false);
});

test('a hash verifies its own password only, and no two are the same', async () => {
  const [one, other] = await Promise.all([hashPassword('tr0ub4dor&3'), hashPassword('tr0ub4dor&3')]);
  assert.notEqual(one, other);
  assert.match(one, /^\$argon2id\$v=19\$m=19456,t=2,p=1\$[\w+/]{22}\$[\w+/]{43}$/);
  assert.equal(await verifyPassword('tr0ub4dor&3', one), true);
  assert.equal(await verifyPassword('tr0ub4dor&3 ', one), false);
});

test('a password counts to its last character, whatever Unicode form it is typed in', async () => {
  const long = 'x'.repeat(1_000);
  assert.equal(await verifyPassword(`${long}b`, await hashPassword(`${long}a`)), false);
  assert.equal(await verifyPassword('caf\u0065\u0301', await hashPassword('caf\u00e9')), true);
});

test('a hash of other parameters is outdated, and costs what it says', async () => {
  assert.equal(isOutdated(referenceHash), true);
  assert.equal(isOutdated(await hashPassword('x')), false);
  assert.equal(isOutdated(decoyHash), false);
});

test('the decoy is no password, and a broken hash is an error rather than a no', async () => {
  assert.equal(await verifyPassword('', decoyHash), false);
  await assert.rejects(verifyPassword('x', '$2b$12$abcdefghijklmnopqrstuv'), /not an argon2id PHC string/);
});
