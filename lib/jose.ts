import * as http from 'node:http';
import * as https from 'node:https';
import { text } from 'node:stream/consumers';
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
  createRemoteJWKSet(url, { timeoutDuration, [customFetch]: get });

/**
 * jose's way to the keys, over what the SDK has loaded already: Node's own fetch takes some 60 ms of the first answer
 * of every cold start. Redirects are not followed, and bodies are read under the same time limit.
 */
const get: FetchImplementation = (url, { headers, signal }) =>
  new Promise((resolve, reject) => {
    // The limit's own error, by which jose tells a timeout, and not the request's about it.
    const fail = (error: unknown) => reject(signal.aborted ? signal.reason : error);
    const { get } = url.startsWith('https:') ? https : http;
    // A connection of its own: one that was kept may have ended while Lambda had the function frozen.
    get(url, { agent: false, headers: Object.fromEntries(headers), signal }, (response) => {
      read(response).then((body) => {
        const json = async () => JSON.parse(body);
        // Of a Response, whose class would load fetch, jose looks at these two.
        resolve({ status: response.statusCode ?? 0, json } as Response);
      }, fail);
    }).on('error', fail);
  });

const read = (response: http.IncomingMessage): Promise<string> => {
  let size = 0;
  response.on('data', (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxAnswer) response.destroy(new Error(`The key set is larger than ${maxAnswer} bytes`));
  });
  return text(response);
};
