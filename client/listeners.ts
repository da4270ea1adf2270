/** Takes listeners of the events named in `Events`, which maps an event's name to what it carries. */
export interface Listeners<Events> {
  /** The returned function removes the listener. */
  on<Name extends keyof Events>(name: Name, listener: (event: Events[Name]) => void): () => void;
  emit<Name extends keyof Events>(name: Name, event: Events[Name]): void;
}

/** Nobody listens at first; listeners are called in the order in which they came. */
export function createListeners<Events>(): Listeners<Events> {
  const byName: { [Name in keyof Events]?: Set<(event: Events[Name]) => void> } = {};
  return {
    on(name, listener) {
      const listeners: Set<(event: Events[typeof name]) => void> = byName[name] ?? new Set();
      byName[name] = listeners;
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    emit(name, event) {
      for (const listener of byName[name] ?? []) callSafely(listener, event);
    },
  };
}

/**
 * Calls a function of the SDK's user. What it throws is theirs to see, as an uncaught error; it must not keep
 * the updates that follow in the same frame from the others.
 */
export function callSafely<Event>(listener: (event: Event) => void, event: Event): void {
  try {
    listener(event);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
