import type { Config } from '../config.ts';
import { createDeleting } from '../deleting.ts';
import type { Intent } from '../intents.ts';
import { createMerging } from '../merging.ts';
import { createParts } from '../parts.ts';
import { createUnlinking } from '../unlinking.ts';

/** Milliseconds. A younger intent's request may still be running. */
const resumeAfter = 60_000;

/**
 * A function that finishes the changes that were begun more than a minute ago. It answers how many it finished, and
 * why the others are left for the next time.
 */
export const createResume = (config: Config) => {
  const parts = createParts(config);
  const changes = {
    merge: createMerging(parts),
    unlink: createUnlinking(parts),
    delete: createDeleting(parts),
  };
  const resume = (intent: Intent<unknown>, signal: AbortSignal) =>
    changes[intent.kind].resume(intent as Intent<never>, signal);

  return async (signal: AbortSignal): Promise<{ finished: number; left: unknown[] }> => {
    const old = (await parts.intents.open()).filter(({ startedAt }) => startedAt < Date.now() - resumeAfter);
    const results = await Promise.allSettled(old.map((intent) => resume(intent, signal)));
    const left = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    return { finished: results.length - left.length, left };
  };
};
