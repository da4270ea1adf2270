/** Who waits for a history that can not be read just now: a few try again often, the others when those got through. */
export interface RetryGate {
  /** Resolves when it is time to try again. @param part of the fanout that did not answer, `''` for all of it */
  pause(part: string): Promise<void>;
  /** A read from this part was answered. */
  answered(part: string): void;
}

/** 40,000 symbols that all tried again every 100 ms would take the event loop for themselves. */
const scoutsMax = 4;
const scoutPauseMs = 100;
/** Should no scout get through for them, for instance since their part was split. */
const pauseMsMax = 2000;

/** Every part of the fanout is open at first. */
export function createRetryGate(): RetryGate {
  const parts = new Map<string, Set<() => void>>();

  const waitersOf = (part: string): Set<() => void> => {
    const waiters = parts.get(part) ?? new Set();
    parts.set(part, waiters);
    return waiters;
  };

  return {
    pause(part) {
      const waiters = waitersOf(part);
      return new Promise((resolve) => {
        const wake = (): void => {
          clearTimeout(timer);
          waiters.delete(wake);
          if (waiters.size === 0) parts.delete(part);
          resolve();
        };
        const timer = setTimeout(wake, waiters.size < scoutsMax ? scoutPauseMs : pauseMsMax);
        waiters.add(wake);
      });
    },
    answered(part) {
      for (const wake of parts.get(part) ?? []) wake();
    },
  };
}
