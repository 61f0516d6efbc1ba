import { createServer } from 'node:http';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { listen } from '../local/listen.ts';
import { startStack } from '../local/stack.ts';

/*
 * The whole local stack in a process of its own, with the jwt authenticator, so that no hashing hides the rest. It tells
 * its parent where it is, and how it feels whenever it is asked.
 */
const { privateKey, publicKey } = await generateKeyPair('ES256');
const keys = { keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256', kid: 'bench' }] };
const issuer = await listen(
  createServer((_request, response) => response.end(JSON.stringify(keys))),
  0,
);
const [data] = process.argv.slice(2);
const stack = await startStack({
  port: 0,
  cognitoPort: 0,
  dynamodbPort: 0,
  staffPort: 0,
  ...(data && { data }),
  env: {
    POWERTOOLS_LOG_LEVEL: 'SILENT',
    AUTHENTICATOR: 'jwt',
    JWT_ISSUER: issuer.url,
    JWT_AUDIENCE: 'bench',
    JWT_JWKS_URL: issuer.url,
    JWT_ALGORITHMS: 'ES256',
    JWT_MAX_AGE_SECONDS: '86400',
  },
});

export interface Health {
  /** Megabytes. */
  resident: number;
  heap: number;
  handles: number;
}

/** What it is asked: an assertion of a user, how it is, or to end. */
process.on('message', async (question: { assertionOf?: string; end?: boolean }) => {
  if (question.end) {
    await stack.close();
    await issuer.close();
    return process.disconnect();
  }
  if (question.assertionOf !== undefined) {
    const assertion = await new SignJWT({})
      .setProtectedHeader({ alg: 'ES256', kid: 'bench' })
      .setIssuer(issuer.url)
      .setAudience('bench')
      .setSubject(question.assertionOf)
      .setIssuedAt()
      .setExpirationTime('1d')
      .sign(privateKey);
    return process.send?.(assertion);
  }
  globalThis.gc?.();
  const { rss, heapUsed } = process.memoryUsage();
  const handles = process.getActiveResourcesInfo().length;
  process.send?.({ resident: rss / 2 ** 20, heap: heapUsed / 2 ** 20, handles } satisfies Health);
});
const { access_token } = await fetch(`${stack.staffUrl}/token`, {
  method: 'POST',
  body: new URLSearchParams({ grant_type: 'client_credentials' }),
}).then((answer) => answer.json() as Promise<{ access_token: string }>);
process.send?.({ apiUrl: stack.apiUrl, staffToken: access_token, identityPoolId: stack.identityPoolId });
