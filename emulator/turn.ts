// Node's own: a test that mocks the global timers must not stop an emulator in its process.
import { setImmediate } from 'node:timers';

let next: Promise<void> | undefined;

/**
 * Waits until all that arrived in this turn of the event loop is read. Whoever waits goes on together, step by step:
 * the processor keeps SQLite's code at hand for all of them, and then the sockets' code, instead of changing between
 * the two for each request. It is what makes an answer cost little more than HTTP does, once there are several
 * connections: see the README's measurements.
 */
export function turn(): Promise<void> {
  next ??= new Promise((resolve) => {
    setImmediate(() => {
      next = undefined;
      resolve();
    });
  });
  return next;
}
