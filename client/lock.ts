export type Lock = <T>(run: () => Promise<T>) => Promise<T>;

/** For each storage and name, the end of its line. */
const lines = new WeakMap<object, Map<string, Promise<void>>>();

/**
 * One at a time, in the order they came: in all tabs and workers of an origin by Web Locks, where there are any;
 * elsewhere in this one.
 */
export const lockFor = (storage: object, name: string, isShared: boolean): Lock => {
  const locks = isShared ? globalThis.navigator?.locks : undefined;
  if (locks) return (run) => locks.request(name, run) as ReturnType<typeof run>;
  const line = lines.get(storage) ?? new Map<string, Promise<void>>();
  lines.set(storage, line);
  return (run) => {
    const turn = (line.get(name) ?? Promise.resolve()).then(run);
    const leave = () => {
      // The last one tidies up: a server has a name for each of its visitors.
      if (line.get(name) === end) line.delete(name);
    };
    const end = turn.then(leave, leave);
    line.set(name, end);
    return turn;
  };
};
