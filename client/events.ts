export type Listener<Event> = (event: Event) => void;

/** Tells listeners, once the present work is done: what one of them throws is its own affair. */
export const emitter = <Event>() => {
  const listeners = new Set<Listener<Event>>();
  return {
    emit(event: Event): void {
      for (const listener of listeners) void Promise.resolve(event).then(listener);
    },

    /** Answers how to stop listening. */
    on(listener: Listener<Event>): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
};
