export type Lock = <T>(run: () => Promise<T>) => Promise<T>;

/** The last one in line for each storage. */
const lines = new WeakMap<object, Promise<unknown>>();

/**
 * One at a time, in the order they came: in all tabs and workers of an origin by Web Locks, where there are any;
 * elsewhere in this one.
 */
export const lockFor = (storage: object, name: string, isShared: boolean): Lock => {
  const locks = isShared ? globalThis.navigator?.locks : undefined;
  if (locks) return (run) => locks.request(name, run) as ReturnType<typeof run>;
  return (run) => {
    const turn = (lines.get(storage) ?? Promise.resolve()).then(run);
    lines.set(
      storage,
      turn.catch(() => {}),
    );
    return turn;
  };
};
