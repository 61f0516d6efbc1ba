import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import { after, test } from 'node:test';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { readConfig } from '../../lib/config.ts';
import { guestVerifier } from '../../lib/guests.ts';
import { listen } from '../../local/listen.ts';

const issuer = 'https://cognito-identity.amazonaws.com';
const pool = 'us-east-1:0-f';
const guest = 'us-east-1:6e';
const keys = await generateKeyPair('RS512', { extractable: true });
// Without `alg`: nothing but the verifier's own list says what the key may be used for.
const jwks = { keys: [{ ...(await exportJWK(keys.publicKey)), kid: 'one', use: 'sig' }] };
const pkcs8 = await crypto.subtle.exportKey('pkcs8', keys.privateKey);

const says = (status: number, body: string) => (response: ServerResponse) =>
  response.writeHead(status, { 'content-type': 'application/json' }).end(body);
let answer: (response: ServerResponse) => void = says(200, JSON.stringify(jwks));
const cognito = await listen(
  createServer((_request, response) => answer(response)),
  0,
);
after(() => cognito.close());

const verifier = () =>
  guestVerifier(
    readConfig({
      AWS_REGION: 'us-east-1',
      IDENTITY_POOL_ID: pool,
      DEVELOPER_PROVIDER_NAME: 'login.app',
      TABLE_NAME: 'table',
      AUDIT_TABLE_NAME: 'audit',
      COGNITO_JWKS_URL: cognito.url,
    }),
  );
const verify = verifier();

const now = Math.floor(Date.now() / 1000);
const good: JWTPayload = {
  iss: issuer,
  aud: pool,
  sub: guest,
  amr: ['unauthenticated'],
  iat: now,
  exp: now + 600,
};
const sign = async (claims: JWTPayload, alg: 'RS512' | 'RS256' | 'PS512' = 'RS512') => {
  const name = alg === 'PS512' ? 'RSA-PSS' : 'RSASSA-PKCS1-v1_5';
  const algorithm = { name, hash: alg === 'RS256' ? 'SHA-256' : 'SHA-512' };
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, algorithm, false, ['sign']);
  return new SignJWT(claims).setProtectedHeader({ alg, kid: 'one' }).sign(key);
};
const without = (name: string) => Object.fromEntries(Object.entries(good).filter(([key]) => key !== name));

test("a guest's token names its IdentityId", async () => {
  assert.equal(await verify(await sign(good)), guest);
});

const refused: Record<string, () => Promise<string>> = {
  'of another issuer': () => sign({ ...good, iss: 'https://cognito-identity.example' }),
  'of no issuer': () => sign(without('iss')),
  'of another pool': () => sign({ ...good, aud: 'us-east-1:1-f' }),
  'of no pool': () => sign(without('aud')),
  'of no identity': () => sign(without('sub')),
  'of an empty identity': () => sign({ ...good, sub: '' }),
  'without an end': () => sign(without('exp')),
  'that has expired': () => sign({ ...good, exp: now - 1 }),
  'without amr': () => sign(without('amr')),
  'of a signed-in identity': () => sign({ ...good, amr: ['authenticated', 'login.app'] }),
  'that is more than a guest': () => sign({ ...good, amr: ['unauthenticated', 'x'] }),
  'of nothing at all': () => sign({ ...good, amr: [] }),
  'whose amr is no list': () => sign({ ...good, amr: 'unauthenticated' }),
  'signed by the same key with RS256': () => sign(good, 'RS256'),
  'signed by the same key with PS512': () => sign(good, 'PS512'),
};
for (const [name, token] of Object.entries(refused)) {
  test(`a token ${name} is refused`, async () => {
    await assert.rejects(verify(await token()), { code: 'invalid_guest_token' });
  });
}

const outages: Record<string, (response: ServerResponse) => void> = {
  'hangs up': (response) => response.destroy(),
  'answers an error': says(500, JSON.stringify(jwks)),
  'answers no JSON': says(200, '<html>'),
  'answers no key set': says(200, '{"keys":"none"}'),
  'does not answer in time': () => {},
};
for (const [name, outage] of Object.entries(outages)) {
  test(`a Cognito that ${name} is unavailable: no guest is told their token is bad`, async () => {
    answer = outage;
    await assert.rejects(verifier()(await sign(good)), { code: 'cognito_unavailable' });
  });
}
