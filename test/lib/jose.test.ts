import assert from 'node:assert/strict';
import { createServer, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { errors, jwtVerify, keySet } from '../../lib/jose.ts';
import { listen } from '../../local/listen.ts';

const { privateKey, publicKey } = await generateKeyPair('ES256');
const keys = JSON.stringify({ keys: [{ ...(await exportJWK(publicKey)), kid: '1' }] });
const token = await new SignJWT({ sub: '4711' })
  .setProtectedHeader({ alg: 'ES256', kid: '1' })
  .sign(privateKey);

const answers: Record<string, (response: ServerResponse) => unknown> = {
  '/keys': (response) => response.end(keys),
  '/moved': (response) => response.writeHead(302, { location: '/keys' }).end(keys),
  '/page': (response) => response.end('<html>'),
  '/large': (response) => response.end(`${keys}${' '.repeat(1024 * 1024)}`),
  '/stuck': (response) => response.write('{'),
  '/stuck-error': (response) => response.writeHead(503).write('{'),
  '/gzip': (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(keys)),
  '/large-gzip': (response) =>
    response
      .writeHead(200, { 'content-encoding': 'gzip' })
      .end(gzipSync(`${keys}${' '.repeat(1024 * 1024)}`)),
  // By hand: what Node sends has an end.
  '/other-protocol': ({ socket }) =>
    socket?.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: other\r\n\r\n'),
  '/cut': (response) => {
    response.writeHead(200, { 'content-length': '1000' }).write('{');
    setImmediate(() => response.destroy());
  },
};
const open = new Set<Socket>();
const server = await listen(
  createServer((request, response) => answers[request.url ?? '']?.(response)).on('connection', (socket) => {
    open.add(socket);
    socket.on('close', () => open.delete(socket));
  }),
  0,
);
after(() => server.close());

const verify = (path: string, timeout = 5_000) =>
  jwtVerify(token, keySet(new URL(path, server.url), timeout));

test('keys verify the token that they signed', async () => {
  assert.equal((await verify('/keys')).payload.sub, '4711');
});

test('keys that are stored compressed verify it too', async () => {
  assert.equal((await verify('/gzip')).payload.sub, '4711');
  await assert.rejects(verify('/large-gzip'), { code: 'ERR_BUFFER_TOO_LARGE' });
});

test('a redirect is not followed, and what is no key set is none', async () => {
  await assert.rejects(verify('/moved'), { code: 'ERR_JOSE_GENERIC' });
  await assert.rejects(verify('/page'), { code: 'ERR_JOSE_GENERIC' });
});

test('an answer without an end is given up, by its size and by its time', async () => {
  await assert.rejects(verify('/large'), /larger than 1048576 bytes/);
  await assert.rejects(verify('/stuck', 200), errors.JWKSTimeout);
});

test('an answer that is no key set is not waited for', async () => {
  await assert.rejects(verify('/stuck-error'), { code: 'ERR_JOSE_GENERIC' });
  await assert.rejects(verify('/other-protocol'), { code: 'ERR_JOSE_GENERIC' });
});

test('no connection outlives its answer', async () => {
  for (const path of ['/keys', '/page', '/large', '/moved', '/stuck-error', '/other-protocol']) {
    await verify(path).catch(() => {});
    for (let waits = 0; waits < 100 && open.size > 0; waits++) await sleep(10);
    assert.equal(open.size, 0, path);
  }
});

test('an answer that is cut off, and an address where nobody is, are errors', async () => {
  await assert.rejects(verify('/cut'), { code: 'ECONNRESET' });
  const nobody = new URL(server.url);
  nobody.port = '9';
  await assert.rejects(jwtVerify(token, keySet(nobody, 5_000)), { code: 'ECONNREFUSED' });
});
