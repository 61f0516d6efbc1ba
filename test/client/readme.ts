import { readFileSync } from 'node:fs';
import type { Stack } from '../../local/stack.ts';

export const readme = readFileSync(new URL('../../client/README.md', import.meta.url), 'utf8');

/** Its JavaScript, sample by sample. */
export const samples = [...readme.matchAll(/```js\n([\s\S]*?)```/g)].map(([, sample = '']) => sample);

/** As written, but for the addresses, and the package in place of its sources. */
export const runnable = (program: string, { apiUrl, identityPoolId, cognito, dynamodbUrl }: Stack): string =>
  program
    .replaceAll("'cognito-developer-identities-client'", "'./client/index.ts'")
    .replaceAll("'https://api.example.com'", `'${apiUrl}'`)
    .replaceAll(
      /identityPoolId: '[^']+'/g,
      `identityPoolId: '${identityPoolId}', cognitoEndpoint: '${cognito.endpoint}'`,
    )
    .replaceAll(
      "region: 'us-east-1', credentials",
      `region: 'us-east-1', endpoint: '${dynamodbUrl}', credentials`,
    );
