import type { Clock } from './clock.ts';

/** What is remembered of a request: never its body, which holds tokens. */
export type RequestEntry = {
  requestId: string;
  /** The emulator's clock, in epoch milliseconds. */
  time: number;
  operation?: string;
  /** 0 for a dropped connection. */
  status: number;
  /** The type of the error that was answered. */
  error?: string;
  milliseconds: number;
};

export type RequestLog = {
  begin(requestId: string): RequestEntry;
  end(entry: RequestEntry, status: number): void;
  /** The latest thousand that were answered, oldest first. */
  list(): RequestEntry[];
  clear(): void;
};

const capacity = 1000;

/** `onRequest` is told of every answered request. */
export function createRequestLog(clock: Clock, onRequest: (entry: RequestEntry) => void): RequestLog {
  let entries: RequestEntry[] = [];
  return {
    begin: (requestId) => ({ requestId, time: clock.now(), status: 0, milliseconds: performance.now() }),
    end(entry, status) {
      entry.status = status;
      entry.milliseconds = Math.round(performance.now() - entry.milliseconds);
      entries.push(entry);
      // Cut in halves: dropping one at each request would copy the list each time.
      if (entries.length >= 2 * capacity) entries = entries.slice(-capacity);
      onRequest(entry);
    },
    list: () => entries.slice(-capacity),
    clear: () => {
      entries = [];
    },
  };
}
