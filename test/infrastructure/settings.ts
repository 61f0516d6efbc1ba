import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packaged } from '../support/packaged.ts';

const refused: [string, Record<string, string>, RegExp][] = [
  ['a name that no parameter has', { corsOrigin: 'https://x' }, /corsOrigin is no parameter/],
  ['a text for a number', { maxTokenDurationSeconds: 'abc' }, /maxTokenDurationSeconds must be/],
  ['a level of logs that is none', { logLevel: 'VERBOSE' }, /logLevel must be/],
  ['a concurrency in words', { staffConcurrency: 'two' }, /staffConcurrency must be/],
  [
    "some of staff's settings",
    { staffIssuer: 'https://x' },
    /staffIssuer must be set with staffAudience and/,
  ],
  [
    'a slash in the name of a provider',
    { developerProviderName: 'a/b' },
    /developerProviderName is not valid/,
  ],
  ['a pool that is none', { identityPoolId: 'pool' }, /identityPoolId is not valid/],
  [
    'a backend without TLS, and a secret that is no ARN, in one go',
    { authenticator: 'http', backendUrl: 'http://x', backendSecretArn: 'mysecret' },
    /backendUrl must be https.*\n.*backendSecretArn must be the ARN of a secret/,
  ],
];
for (const [name, parameters, words] of refused) {
  test(`refused before packaging: ${name}`, () => {
    assert.throws(
      () => packaged(parameters),
      ({ status, stdout }: { status: number; stdout: Buffer }) => {
        assert.equal(status, 1);
        assert.match(String(stdout), words);
        // Plain lines: no trace of the code, and no names of variables.
        assert.doesNotMatch(String(stdout), /check-settings|[A-Z]{3}_[A-Z]/);
        return true;
      },
    );
  });
}
