import { importJWK, type JWK } from 'jose';

/** Milliseconds. */
const timeLimit = 5_000;

/** What a GET answered, whatever its status, or in words why it didn't. */
export const get = async (url: string): Promise<Response | string> => {
  try {
    return await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeLimit) });
  } catch (error) {
    return `${url} does not answer: ${reasonOf(error as Error)}`;
  }
};

/** fetch's own message is "fetch failed": what happened is in its cause. */
const reasonOf = (error: Error & { code?: string }): string => {
  if (error.cause instanceof Error) return reasonOf(error.cause);
  if (error.name === 'TimeoutError') return `nothing came within ${timeLimit / 1000} s`;
  return [error.code, error.message].filter(Boolean).join(' ');
};

/** The JSON that a URL answers, or in words why it is none. */
export const getJson = async (url: string): Promise<Record<string, unknown> | string> => {
  const response = await get(url);
  if (typeof response === 'string') return response;
  if (response.status !== 200) return `${url} answers ${response.status}`;
  const json: unknown = await response.json().catch(() => undefined);
  return json && typeof json === 'object' ? (json as Record<string, unknown>) : `${url} does not answer JSON`;
};

/** What is wrong with a key set, for tokens of these algorithms. Nothing where one key can be used. */
export const keyFindings = async (url: string, algorithms: string[]): Promise<string[]> => {
  const set = await getJson(url);
  if (typeof set === 'string') return [set];
  const keys = Array.isArray(set.keys) ? (set.keys as JWK[]) : [];
  const findings = keys
    .filter((key) => 'd' in key || 'k' in key)
    .map((key) => `${url} shows the secret of its key ${key.kid}: whoever read it can sign`);
  const usable = await Promise.all(keys.map((key) => isUsable(key, algorithms)));
  if (!usable.includes(true)) findings.push(`${url} has no key for ${algorithms.join(' or ')}`);
  return findings;
};

const isUsable = async (key: JWK, algorithms: string[]): Promise<boolean> => {
  if (key.use && key.use !== 'sig') return false;
  const candidates = algorithms.filter((algorithm) => !key.alg || key.alg === algorithm);
  const imports = candidates.map((algorithm) => importJWK(key, algorithm).then(Boolean, () => false));
  return (await Promise.all(imports)).includes(true);
};

/** How far a server's clock is ahead of this machine's, in milliseconds. undefined where it does not say. */
export const aheadOf = async (url: string): Promise<number | undefined> => {
  const response = await get(url);
  const date = typeof response === 'string' ? null : response.headers.get('date');
  return date ? Date.parse(date) - Date.now() : undefined;
};
