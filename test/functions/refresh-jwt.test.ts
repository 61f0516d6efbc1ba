import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { listen } from '../../local/listen.ts';
import { call, frozenClock, sessionsOf, tagsOf } from '../support/sessions.ts';
import { testStack } from '../support/stack.ts';

const { publicKey, privateKey } = await generateKeyPair('ES256');
const jwks = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: 'one' }] });
const backend = await listen(
  createServer((_request, response) => response.end(jwks)),
  0,
);
after(() => backend.close());
const stack = await testStack({
  AUTHENTICATOR: 'jwt',
  JWT_ISSUER: 'https://backend.example',
  JWT_AUDIENCE: 'cognito',
  JWT_JWKS_URL: backend.url,
  PRINCIPAL_TAGS: 'role',
});
const { refresh, refreshed, logout } = sessionsOf(stack);

const login = async () => {
  const assertion = await new SignJWT({ role: 'editor' })
    .setProtectedHeader({ alg: 'ES256', kid: 'one' })
    .setIssuer('https://backend.example')
    .setAudience('cognito')
    .setSubject('user-1')
    .setIssuedAt()
    .setExpirationTime('5m')
    .sign(privateKey);
  const { status, body } = await call(`${stack.apiUrl}/login`, { assertion });
  assert.equal(status, 200);
  return body;
};

test("a session outlives the backend's token, as the user it named, until it is ended", async (t) => {
  const clock = frozenClock(t);
  const { refreshToken = '', identityId } = await login();
  clock.advance(86_400);
  const { status, body } = await refresh(await refreshed(refreshToken));
  assert.deepEqual([status, body.identityId], [200, identityId]);
  assert.deepEqual(tagsOf(body.token), { role: 'editor' });
  await logout(body.refreshToken ?? '');
  assert.equal((await refresh(body.refreshToken ?? '')).status, 401);
});
