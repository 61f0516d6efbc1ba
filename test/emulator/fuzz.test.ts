import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import model from '../../emulator/model.json' with { type: 'json' };
import { createPool, logIn, provider, startEmulator } from '../support/emulator.ts';

type Described = { input: string; errors: string[] };
const operations: Record<string, Described> = model.operations;
const shapes: Record<string, { type: string; members?: object }> = model.shapes;

const authorization =
  'AWS4-HMAC-SHA256 Credential=AKID/20260102/us-east-1/cognito-identity/aws4_request, SignedHeaders=host, Signature=0';

test('whatever the input, an operation answers, or refuses with an error that its model declares', async (t) => {
  const { emulator, client } = await startEmulator(t);
  const pool = await createPool(client);
  const { IdentityId, Token } = await logIn(client, pool, 'ada');
  await logIn(client, pool, 'bob');

  // Much of it fits somewhere, so that not all is caught by validation.
  const text = fc.oneof(
    fc.constantFrom(
      pool,
      IdentityId,
      'ada',
      'bob',
      provider,
      Token,
      'cognito-identity.amazonaws.com',
      '__proto__',
    ),
    fc.constantFrom('arn:aws:iam::000000000000:role/user', 'Token', 'Rules', 'Deny', 'authenticated'),
    fc.string(),
  );
  const value = fc.oneof(
    { weight: 4, arbitrary: text },
    { weight: 2, arbitrary: fc.integer({ min: -1, max: 100 }) },
    fc.boolean(),
    fc.array(text, { maxLength: 3 }),
    { weight: 2, arbitrary: fc.dictionary(text, text, { maxKeys: 3 }) },
    fc.jsonValue({ maxDepth: 2 }),
  );
  const call = fc.constantFrom(...Object.keys(operations)).chain((operation) => {
    const members = Object.keys(shapes[operations[operation]?.input ?? '']?.members ?? {});
    const input = fc.record(Object.fromEntries(members.map((name) => [name, value])), { requiredKeys: [] });
    return fc.record({ operation: fc.constant(operation), input });
  });

  await fc.assert(
    fc.asyncProperty(call, async ({ operation, input }) => {
      const headers = {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': `AWSCognitoIdentityService.${operation}`,
        authorization,
      };
      const answer = await fetch(emulator.endpoint, { method: 'POST', headers, body: JSON.stringify(input) });
      if (answer.status === 200) return;
      const { __type: type } = (await answer.json()) as { __type: string };
      const declared =
        operations[operation]?.errors.filter((name) => name !== 'InternalErrorException') ?? [];
      assert.ok([...declared, 'ValidationException', 'SerializationException'].includes(type), type);
    }),
    { numRuns: 300 },
  );
});
