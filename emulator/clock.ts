/** The emulator's idea of now. It follows `Date.now()` until it is frozen or moved. */
export type Clock = {
  /** Milliseconds since 1970. */
  now(): number;
  /** Stops the clock at `at` (milliseconds since 1970), or where it stands. */
  freeze(at?: number): void;
  /** Moves the clock by `milliseconds`, frozen or running. */
  advance(milliseconds: number): void;
  /** Follows `Date.now()` again. */
  reset(): void;
};

export function createClock(): Clock {
  let frozenAt: number | undefined;
  let offset = 0;
  // Date.now is looked up at each call, so a test that mocks Date moves the emulator with it.
  const now = () => frozenAt ?? Date.now() + offset;
  return {
    now,
    freeze: (at = now()) => {
      frozenAt = at;
    },
    advance: (milliseconds) => {
      if (frozenAt === undefined) offset += milliseconds;
      else frozenAt += milliseconds;
    },
    reset: () => {
      frozenAt = undefined;
      offset = 0;
    },
  };
}

/** Whole seconds since 1970, as tokens and answers carry them. */
export function seconds(clock: Clock): number {
  return Math.floor(clock.now() / 1000);
}
