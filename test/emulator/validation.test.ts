import assert from 'node:assert/strict';
import { test } from 'node:test';
import { validate } from '../../emulator/validate.ts';

/** The text AWS would answer, without the name of the error. */
function problemOf(shape: string, input: unknown): string {
  try {
    validate(shape, input);
  } catch (error) {
    assert.ok(error instanceof Error);
    return `${error.name}: ${error.message}`;
  }
  return 'none';
}

test('a broken pattern is reported in the words of the real service', () => {
  assert.equal(
    problemOf('GetIdInput', { IdentityPoolId: 'X' }),
    "ValidationException: 1 validation error detected: Value 'X' at 'identityPoolId' failed to satisfy " +
      'constraint: Member must satisfy regular expression pattern: [\\w-]+:[0-9a-f-]+',
  );
});

test('all broken constraints are counted in one error', () => {
  assert.equal(
    problemOf('ListIdentitiesInput', { MaxResults: 61, NextToken: '' }),
    "ValidationException: 4 validation errors detected: Value null at 'identityPoolId' failed to satisfy " +
      "constraint: Member must not be null; Value '61' at 'maxResults' failed to satisfy constraint: Member must " +
      "have value less than or equal to 60; Value '' at 'nextToken' failed to satisfy constraint: Member must " +
      "have length greater than or equal to 1; Value '' at 'nextToken' failed to satisfy constraint: Member must " +
      'satisfy regular expression pattern: [\\S]+',
  );
});

test('members of lists and maps are named by their path', () => {
  const rule = {
    Claim: 'group',
    MatchType: 'Like',
    Value: 'x',
    RoleARN: 'arn:aws:iam::000000000000:role/user',
  };
  const mapping = { Type: 'Rules', RulesConfiguration: { Rules: [rule] } };
  assert.equal(
    problemOf('SetIdentityPoolRolesInput', {
      IdentityPoolId: 'us-east-1:0',
      Roles: {},
      RoleMappings: { 'idp.example': mapping },
    }),
    "ValidationException: 1 validation error detected: Value 'Like' at " +
      "'roleMappings.idp.example.member.rulesConfiguration.rules.1.member.matchType' failed to satisfy " +
      'constraint: Member must satisfy enum value set: [Equals, Contains, StartsWith, NotEqual]',
  );
});

test('one bad element of a list or map is a problem of the whole', () => {
  assert.equal(
    problemOf('DeleteIdentitiesInput', { IdentityIdsToDelete: ['us-east-1:0', '!'] }),
    "ValidationException: 1 validation error detected: Value '[us-east-1:0, !]' at 'identityIdsToDelete' failed " +
      'to satisfy constraint: Member must satisfy constraint: [Member must have length less than or equal to 55, ' +
      'Member must have length greater than or equal to 1, Member must satisfy regular expression pattern: ' +
      '[\\w-]+:[0-9a-f-]+]',
  );
  assert.equal(
    problemOf('SetIdentityPoolRolesInput', { IdentityPoolId: 'us-east-1:0', Roles: { admin: 'short' } }),
    "ValidationException: 2 validation errors detected: Value '{admin=short}' at 'roles' failed to satisfy " +
      'constraint: Map keys must satisfy constraint: [Member must have length less than or equal to 128, Member ' +
      'must have length greater than or equal to 1, Member must satisfy regular expression pattern: ' +
      "(un)?authenticated]; Value '{admin=short}' at 'roles' failed to satisfy constraint: Map value must satisfy " +
      'constraint: [Member must have length less than or equal to 2048, Member must have length greater than or ' +
      'equal to 20]',
  );
});

test('a token is never shown', () => {
  const Logins = { 'idp.example': 'x'.repeat(50_001) };
  const problem = problemOf('GetIdInput', { IdentityPoolId: 'us-east-1:0', Logins });
  assert.match(problem, /detected: Value at 'logins' failed to satisfy constraint: Map value must satisfy/);
  assert.doesNotMatch(problem, /xxx/);
});

test('a value of the wrong type is a SerializationException', () => {
  const wrong = {
    IdentityPoolId: [1, true, {}, []],
    MaxResults: ['1', true, 1.5, {}],
    HideDisabled: ['true', 1],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      assert.match(problemOf('ListIdentitiesInput', { [name]: value }), /^SerializationException: /, name);
    }
  }
  assert.match(problemOf('DeleteIdentitiesInput', { IdentityIdsToDelete: 'x' }), /^SerializationException: /);
  assert.match(problemOf('GetIdInput', { Logins: [] }), /^SerializationException: /);
  assert.match(problemOf('GetIdInput', []), /^SerializationException: /);
});

test('what the model does not know is left out, and null is nothing', () => {
  const input = { IdentityPoolId: 'us-east-1:0', Logins: null, Surprise: 1 };
  assert.deepEqual(validate('GetIdInput', input), { IdentityPoolId: 'us-east-1:0' });
});
