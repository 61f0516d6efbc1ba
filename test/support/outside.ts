import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { listen } from '../../local/listen.ts';

/** For localhost, of no use elsewhere. */
const certificate = readFileSync('test/support/tls/localhost.pem', 'utf8');

/** This process trusts the certificate of `startOutside`, or no longer does. */
export const trustOutside = (trusted: boolean) =>
  setDefaultCACertificates([...getCACertificates('bundled'), ...(trusted ? [certificate] : [])]);

/** What is outside of AWS: the backend, the issuer of staff's tokens, and in this case the API itself. All over TLS. */
export const startOutside = async () => {
  const world = {
    url: '',
    keys: [] as JWK[],
    /** What the issuer's discovery says over what is right. */
    discovery: {} as Record<string, string>,
    /** Path → status, for what is not well. */
    statuses: {} as Record<string, number>,
    /** Milliseconds that its clock is ahead. */
    ahead: 0,
    close: async () => {},
  };
  const bodies: Record<string, () => object> = {
    '/jwks': () => ({ keys: world.keys }),
    '/.well-known/openid-configuration': () => ({
      issuer: world.url,
      jwks_uri: `${world.url}/jwks`,
      ...world.discovery,
    }),
    '/health': () => ({ version: '1' }),
  };
  const server = createServer({ key: certificate, cert: certificate }, ({ url = '' }, response) => {
    const body = bodies[url]?.();
    response.setHeader('date', new Date(Date.now() + world.ahead).toUTCString());
    response.writeHead(world.statuses[url] ?? (body ? 200 : 404)).end(JSON.stringify(body ?? {}));
  });
  const { url, close } = await listen(server, 0);
  return Object.assign(world, { url: url.replace('http:', 'https:'), close, keys: [await newKey('ES256')] });
};

export type Outside = Awaited<ReturnType<typeof startOutside>>;

/** A public key as an issuer publishes it. */
export const newKey = async (alg: string): Promise<JWK> => {
  const { publicKey } = await generateKeyPair(alg);
  return { ...(await exportJWK(publicKey)), alg, use: 'sig', kid: '1' };
};
