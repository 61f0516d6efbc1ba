import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CreateIdentityPoolCommand,
  GetOpenIdTokenForDeveloperIdentityCommand,
} from '@aws-sdk/client-cognito-identity';
import { exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { type Route, routes } from '../../lib/contract.ts';
import { guest } from '../support/cognito.ts';
import { noIdentity, type RouteName, type Sent, staffStack } from '../support/staff.ts';

const { refused, send, issuer, newUser, stack, client } = await staffStack();
const other = await generateKeyPair('ES256');
const rsa = await generateKeyPair('RS256');
const user = await newUser();
const names = Object.keys(routes) as RouteName[];
const callerOf = (name: RouteName): Route['caller'] => routes[name].caller;
const staffRoutes = names.filter((name) => !['anyone', 'user'].includes(callerOf(name)));
const invalid = 'Bearer error="invalid_token"';
/** Comes before any other check of the request, so that strangers learn nothing of the contract's. */
const params = { identityId: noIdentity, developerUserIdentifier: 'x' };
const ask = (name: RouteName, headers: Sent['headers'] = {}) => ({
  params,
  ...(routes[name].method !== 'GET' && { body: {} }),
  headers: { authorization: '', ...headers },
});
const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

test('without the keys of the issuer nobody is told their token is bad', async () => {
  issuer.down = true;
  for (const name of staffRoutes) {
    const { headers } = await refused(
      name,
      ask(name, bearer(await issuer.token())),
      'staff_issuer_unavailable',
    );
    assert.ok(Number(headers.get('retry-after')) > 0);
  }
  issuer.down = false;
});

const now = Math.floor(Date.now() / 1000);
const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url');
const without = (claim: string) => {
  const { [claim]: _, ...claims } = issuer.claims();
  return issuer.sign(claims);
};

const bad: Record<string, () => Promise<string> | string> = {
  'of another issuer': () => issuer.token({ iss: 'https://other.example' }),
  'of an issuer whose name begins the same': () => issuer.token({ iss: `${issuer.url}/` }),
  'for another audience': () => issuer.token({ aud: 'somebody-else' }),
  'for nobody': () => without('aud'),
  expired: () => issuer.token({ exp: now - 11 }),
  'without an end': () => without('exp'),
  'of nobody': () => without('sub'),
  'of an empty name': () => issuer.token({ sub: '' }),
  'not valid yet': () => issuer.token({ nbf: now + 100 }),
  'signed with another key': () => issuer.sign(issuer.claims(), other.privateKey),
  'of an unknown key': () => issuer.sign(issuer.claims(), other.privateKey, { alg: 'ES256', kid: 'other' }),
  'of an algorithm that is not allowed': () =>
    issuer.sign(issuer.claims(), rsa.privateKey, { alg: 'RS256', kid: 'staff' }),
  'without a signature': () => `${encode({ alg: 'none' })}.${encode(issuer.claims())}.`,
  'signed with the public key as a secret': async () =>
    new SignJWT(issuer.claims())
      .setProtectedHeader({ alg: 'HS256', kid: 'staff' })
      .sign(Buffer.from(await exportSPKI(issuer.publicKey))),
  'that brings its own key': async () =>
    new SignJWT(issuer.claims())
      .setProtectedHeader({ alg: 'ES256', jwk: { kty: 'EC' }, jku: 'http://localhost:1/' })
      .sign(other.privateKey),
  'with other claims under a true signature': async () => {
    const [header, , signature] = (await issuer.token({ scope: '' })).split('.');
    return `${header}.${encode(issuer.claims())}.${signature}`;
  },
  'of a signed-in user': () => user.token,
  'of a guest': async () => (await guest(stack.cognito.endpoint, stack.identityPoolId)).token,
  'that is no JWT': () => 'a.b.c',
};
for (const [name, token] of Object.entries(bad)) {
  test(`a staff token ${name}: 401 on every staff route`, async () => {
    const authorization = bearer(await token());
    for (const route of staffRoutes) {
      const { headers } = await refused(route, ask(route, authorization), 'unauthorized');
      assert.equal(headers.get('www-authenticate'), invalid);
    }
  });
}

test('no token, or none that is a bearer token: 401 with the bare challenge', async () => {
  const token = await issuer.token();
  for (const authorization of [
    '',
    'Bearer',
    'Bearer ',
    `Basic ${token}`,
    token,
    `Bearer ${token} x`,
    `Bearer ${token}, Bearer ${token}`,
  ]) {
    for (const route of [...staffRoutes, 'account'] as const) {
      const { headers } = await refused(route, ask(route, { authorization }), 'unauthorized');
      assert.equal(headers.get('www-authenticate'), 'Bearer', authorization);
    }
  }
  // A URL ends up in logs: RFC 6750's other ways are not taken.
  const query = { access_token: token };
  await refused('lookup', { ...ask('lookup'), query }, 'unauthorized');
});

test('every staff route wants its own scope, and any other is 403 naming it', async () => {
  for (const route of staffRoutes) {
    const wanted = callerOf(route);
    const others = ['identities:read', 'identities:write', 'identities:delete'].filter(
      (scope) => scope !== wanted,
    );
    for (const scope of [
      others.join(' '),
      '',
      undefined,
      wanted.toUpperCase(),
      `${wanted}:all`,
      `x${wanted}`,
      { [wanted]: true },
      [others, wanted.split(':')],
      1,
    ]) {
      const token = await issuer.token({ scope });
      const { headers } = await refused(route, ask(route, bearer(token)), 'insufficient_scope');
      const challenge = `Bearer error="insufficient_scope", scope="${wanted}"`;
      assert.equal(headers.get('www-authenticate'), challenge);
    }
    for (const scope of [wanted, `openid ${wanted}`, [wanted]]) {
      const { status } = await send(route, ask(route, bearer(await issuer.token({ scope }))));
      assert.ok(![401, 403].includes(status), `${route} ${status}`);
    }
  }
});

test('the scheme is taken in any case, and a clock ten seconds off too', async () => {
  const { status } = await send('list-identities', {
    headers: { authorization: `bearer ${await issuer.token({ exp: now - 1, nbf: now + 5 })}` },
  });
  assert.equal(status, 200);
});

/** What Cognito signs with the same keys for a pool of somebody else's. */
const ofOtherPool = async () => {
  const { IdentityPoolId = '' } = await client.send(
    new CreateIdentityPoolCommand({
      IdentityPoolName: 'other',
      AllowUnauthenticatedIdentities: true,
      DeveloperProviderName: 'login.local',
    }),
  );
  const { Token = '' } = await client.send(
    new GetOpenIdTokenForDeveloperIdentityCommand({ IdentityPoolId, Logins: { 'login.local': user.userId } }),
  );
  return Token;
};

test("a user's route takes a token of this pool's users only", async () => {
  const [header, claims, signature = ''] = user.token.split('.');
  const changed = { ...JSON.parse(Buffer.from(claims ?? '', 'base64url').toString()), sub: noIdentity };
  const tokens = {
    'of another pool': await ofOtherPool(),
    'of staff': await issuer.token(),
    'of staff, who say they are a user': await issuer.token({
      iss: 'https://cognito-identity.amazonaws.com',
      aud: stack.identityPoolId,
      sub: user.identityId,
      amr: ['authenticated'],
    }),
    'of a guest': (await guest(stack.cognito.endpoint, stack.identityPoolId)).token,
    'of somebody else under a true signature': `${header}.${encode(changed)}.${signature}`,
    'without a signature': `${encode({ alg: 'none' })}.${claims}.`,
    'that refreshes': user.refreshToken,
  };
  for (const [name, token] of Object.entries(tokens)) {
    const { headers } = await refused('account', { token }, 'unauthorized');
    assert.equal(headers.get('www-authenticate'), invalid, name);
  }
  stack.cognito.clock.advance(-3_600_000);
  const { token } = await newUser();
  stack.cognito.clock.advance(3_600_000);
  await refused('account', { token }, 'unauthorized');
});
