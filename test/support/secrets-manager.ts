import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { after } from 'node:test';
import { listen } from '../../local/listen.ts';

/** A Secrets Manager with one secret, which it refuses to show while there is none. */
export const startSecretsManager = async (secret?: string) => {
  const manager = { url: '', secret, asked: [] as string[] };
  const server = await listen(
    createServer(async (request, response) => {
      const { SecretId } = (await json(request)) as { SecretId: string };
      manager.asked.push(`${request.headers['x-amz-target']} ${SecretId}`);
      const answer = manager.secret
        ? { SecretString: manager.secret }
        : { __type: 'AccessDeniedException', message: 'no' };
      response
        .writeHead(manager.secret ? 200 : 400, { 'content-type': 'application/x-amz-json-1.1' })
        .end(JSON.stringify(answer));
    }),
    0,
  );
  after(() => server.close());
  manager.url = server.url;
  return manager;
};

export const secretArn = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:backend-AbCdEf';
