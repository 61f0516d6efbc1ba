import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, test } from 'node:test';
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import { listen } from '../../local/listen.ts';
import { credentialsFor, verify } from '../support/cognito.ts';
import { post, testStack } from '../support/stack.ts';

const issuer = 'https://backend.example';
const keys = await generateKeyPair('ES256');
const otherKeys = await generateKeyPair('ES256');
const rsaKeys = await generateKeyPair('RS256');
const jwks: unknown = {
  keys: [
    { ...(await exportJWK(keys.publicKey)), kid: 'one', alg: 'ES256', use: 'sig' },
    // The backend's own key, but of an algorithm that JWT_ALGORITHMS leaves out.
    { ...(await exportJWK(rsaKeys.publicKey)), kid: 'rsa', alg: 'RS256', use: 'sig' },
  ],
};
let fetches = 0;
let down = false;

const backend = await listen(
  createServer((_request, response) => {
    fetches++;
    response.writeHead(down ? 503 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(jwks));
  }),
  0,
);
const stack = await testStack({
  AUTHENTICATOR: 'jwt',
  JWT_ISSUER: issuer,
  JWT_AUDIENCE: 'cognito',
  JWT_JWKS_URL: backend.url,
  JWT_ALGORITHMS: 'ES256',
  JWT_MAX_AGE_SECONDS: '300',
  JWT_USER_ID_CLAIM: 'uid',
  PRINCIPAL_TAGS: 'role',
});
after(() => backend.close());

const epoch = () => Math.floor(Date.now() / 1000);
const now = epoch();
const good: JWTPayload = { iss: issuer, aud: 'cognito', uid: 'user-1', iat: now, exp: now + 300 };
const sign = (claims: JWTPayload, key = keys.privateKey, header = { alg: 'ES256', kid: 'one' }) =>
  new SignJWT(claims).setProtectedHeader(header).sign(key);
const login = (assertion: string) => post(`${stack.apiUrl}/login`, { assertion });

test('without its keys the backend is unavailable: nobody is told their token is bad', async () => {
  down = true;
  const { status, body } = await login(await sign(good));
  down = false;
  assert.deepEqual([status, body.code], [503, 'backend_unavailable']);
  fetches = 0;
});

test("the backend's JWT is a login: token, credentials, the same identity again", async () => {
  const { status, body } = await login(await sign({ ...good, role: 'editor', admin: true }));
  assert.equal(status, 200);
  const { identityId = '', token = '' } = body;
  const claims = await verify(stack.cognito.endpoint, stack.identityPoolId, token);
  assert.ok((claims.amr as string[]).at(-1)?.endsWith(':user-1'));
  assert.deepEqual(claims['https://aws.amazon.com/tags'], { principal_tags: { role: ['editor'] } });
  assert.ok((await credentialsFor(stack.cognito.endpoint, identityId, token)).SessionToken);
  assert.equal((await login(await sign(good))).body.identityId, identityId);
});

test('the keys are fetched once', () => assert.equal(fetches, 1));

test("a backend's clock may be some seconds ahead or behind", async () => {
  const tokens = [sign({ ...good, iat: epoch() + 5 }), sign({ ...good, exp: epoch() - 1 })];
  for (const token of await Promise.all(tokens)) assert.equal((await login(token)).status, 200);
});

const { uid, ...anonymous } = good;
const { iat, ...ageless } = good;
const { exp, ...endless } = good;
const { aud, ...unaddressed } = good;
const refused: Record<string, () => Promise<string>> = {
  'another issuer': () => sign({ ...good, iss: 'https://other.example' }),
  'another audience': () => sign({ ...good, aud: 'other' }),
  'of no audience': () => sign(unaddressed),
  expired: () => sign({ ...good, exp: epoch() - 11 }),
  'older than the maximum age': () => sign({ ...good, iat: now - 400 }),
  'of unknown age': () => sign(ageless),
  'from further ahead than clocks differ': () => sign({ ...good, iat: epoch() + 15 }),
  'without an end': () => sign(endless),
  'not valid yet': () => sign({ ...good, nbf: now + 100 }),
  'without a user id': () => sign(anonymous),
  'with a user id that is no string': () => sign({ ...good, uid: 7 }),
  'with an empty user id': () => sign({ ...good, uid: '' }),
  'signed with another key': () => sign(good, otherKeys.privateKey),
  'signed with an unknown key': () => sign(good, otherKeys.privateKey, { alg: 'ES256', kid: 'two' }),
  'of an algorithm that is not allowed': () => sign(good, rsaKeys.privateKey, { alg: 'RS256', kid: 'rsa' }),
  'not a JWT': async () => 'a.b.c',
};
for (const [name, token] of Object.entries(refused)) {
  test(`a JWT ${name} is refused`, async () => {
    const { status, body } = await login(await token());
    assert.deepEqual([status, body.code], [401, 'invalid_credentials']);
  });
}

test('a password is not taken, and says what is', async () => {
  const { status, body } = await post(`${stack.apiUrl}/login`, { username: 'ada', password: 'lovelace' });
  assert.deepEqual([status, body.code], [400, 'invalid_request']);
  assert.deepEqual(body.errors, [
    { pointer: '#/password', detail: 'is not taken here: sign in with an assertion' },
  ]);
});
