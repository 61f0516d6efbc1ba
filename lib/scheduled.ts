import { injectLambdaContext } from '@aws-lambda-powertools/logger/middleware';
import middy from '@middy/core';
import type { Context } from 'aws-lambda';
import { logger, measure } from './telemetry.ts';

/** What a scheduled run did, and what it has to leave for the next one. */
interface Run {
  finished: number;
  left: unknown[];
}

/** Binds a scheduled function. What it leaves undone is counted and logged; the schedule tries again. */
export const scheduled = (name: string, run: (signal: AbortSignal) => Promise<Run>) =>
  middy<unknown, { finished: number; left: number }, Error, Context>({ timeoutEarlyInMillis: 500 })
    .use(injectLambdaContext(logger, { logEvent: false }))
    .handler(async (_event, _context, { signal }) => {
      const { finished, left } = await run(signal);
      for (const error of left)
        logger.error('A change is left unfinished', { route: name, error: error as Error });
      measure(name, { UnfinishedChanges: left.length });
      return { finished, left: left.length };
    });
