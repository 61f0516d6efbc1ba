import { type Config, timeLimits } from '../config.ts';
import { createDeleting } from '../deleting.ts';
import type { Intent } from '../intents.ts';
import { createMerging } from '../merging.ts';
import { createParts } from '../parts.ts';
import { createUnlinking } from '../unlinking.ts';

/** Milliseconds. A younger intent's request may still be running. */
const resumeAfter = 60_000;

/**
 * A function that finishes the changes that were begun more than a minute ago, one after another, the oldest first. It
 * answers how many it finished, and why the others are left for the next time.
 */
export const createResume = (config: Config) => {
  const parts = createParts(config);
  const changes = new Map(
    Object.entries({
      merge: createMerging(parts),
      unlink: createUnlinking(parts),
      delete: createDeleting(parts),
    }),
  );
  const resume = async (intent: Intent<unknown>, signal: AbortSignal) => {
    const change = changes.get(intent.kind);
    // Of a newer version that was rolled back, say.
    if (!change) throw new Error(`There is no change of the kind ${intent.kind}`);
    await change.resume(intent as Intent<never>, signal);
  };

  return async (signal: AbortSignal): Promise<{ finished: number; left: unknown[] }> => {
    const old = (await parts.intents.open()).filter(({ startedAt }) => startedAt < Date.now() - resumeAfter);
    // The last that is begun has the other half of the function's time.
    const half = AbortSignal.timeout(timeLimits.function / 2);
    const left: unknown[] = [];
    for (const intent of old) {
      try {
        half.throwIfAborted();
        await resume(intent, signal);
      } catch (cause) {
        left.push(new Error(`The ${intent.kind} of the request ${intent.requestId}`, { cause }));
      }
    }
    return { finished: old.length - left.length, left };
  };
};
