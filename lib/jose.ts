import * as http from 'node:http';
import * as https from 'node:https';
import { buffer } from 'node:stream/consumers';
import { createRemoteJWKSet, customFetch, type FetchImplementation } from 'jose';

/** What verifying takes of jose. A file of its own, which most logins never load. */
export { errors, jwtVerify } from 'jose';

/** Bytes. A key set has a few thousand; a broken issuer must not fill the memory. */
const maxAnswer = 1024 * 1024;

/**
 * The keys at an address, fetched at the first use and cached for ten minutes; an unknown key id fetches them again, at
 * most every 30 seconds. `timeoutDuration` is milliseconds.
 */
export const keySet = (url: URL, timeoutDuration: number) =>
  createRemoteJWKSet(url, { timeoutDuration, [customFetch]: fetchKeys });

/**
 * jose's way to the keys, over what the SDK has loaded already: Node's own fetch takes some 60 ms of the first answer
 * of every cold start. Redirects are not followed, and bodies are read under the same time limit.
 */
const fetchKeys: FetchImplementation = async (url, { headers, signal }) => {
  try {
    const response = await get(url, {
      headers: { ...Object.fromEntries(headers), ...ownConnection },
      signal,
    });
    const status = response.statusCode ?? 0;
    const body = status === 200 ? await read(response) : response.destroy();
    // Of a Response, whose class would load fetch, jose looks at these two.
    return { status, json: async () => JSON.parse(String(body)) } as Response;
  } catch (error) {
    // The limit's own error, by which jose tells a timeout, and not the request's about it.
    throw signal.aborted ? signal.reason : error;
  }
};

/** One that was kept may have ended while Lambda had the function frozen. */
const ownConnection = { connection: 'close' };

/** The answer to a GET, whose body is still to be read. */
const get = (url: string, options: http.RequestOptions) =>
  new Promise<http.IncomingMessage>((resolve, reject) => {
    const { request } = url.startsWith('https:') ? https : http;
    request(url, options, resolve)
      .on('error', reject)
      // A server that switches to another protocol: nobody asked it to.
      .on('upgrade', (response, socket) => {
        socket.destroy();
        resolve(response);
      })
      .end();
  });

const read = async (response: http.IncomingMessage): Promise<Buffer> => {
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxAnswer) response.destroy(new Error(`The key set is larger than ${maxAnswer} bytes`));
  });
  const body = await buffer(response);
  if (!/^(x-)?gzip$/i.test(response.headers['content-encoding'] ?? '')) return body;
  // Nobody asked for it either, but files in a bucket are served as they were stored.
  const { gunzipSync } = await import('node:zlib');
  return gunzipSync(body, { maxOutputLength: maxAnswer });
};
