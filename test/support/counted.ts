import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import login from '../../events/login.json' with { type: 'json' };
import refresh from '../../events/refresh.json' with { type: 'json' };
import { listen } from '../../local/listen.ts';
import { startStack } from '../../local/stack.ts';
import { awsError } from './front.ts';

// Runs packaged functions once for every thing that they count, as Lambda does. In a process of its own, whose output is
// their log: a function reads its settings once.

const stack = await startStack({ port: 0, cognitoPort: 0, dynamodbPort: 0, staffPort: 0 });
const throttling = await listen(
  createServer((_request, response) => awsError(response, 'TooManyRequestsException')),
  0,
);

const require = createRequire(import.meta.url);
const run = (name: string, event: object) => {
  const path = require.resolve(`../../dist/${name}/function.cjs`);
  delete require.cache[path];
  return require(path).handler(structuredClone(event), { getRemainingTimeInMillis: () => 10_000 });
};

await run('login', login);
await run('login', { ...login, body: login.body.replace('correct', 'wrong') });
await run('refresh', refresh);
await run('resume', {});
process.env.AWS_ENDPOINT_URL_COGNITO_IDENTITY = throttling.url;
await run('login', login);

await Promise.all([stack.close(), throttling.close()]);
