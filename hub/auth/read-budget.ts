/** Reads that strangers may cause: so many at once, and one in so long. */
export interface ReadBudget {
  /** Whether one more may be made now; if so it is counted. */
  take(): boolean;
}

/**
 * @param now ms of a clock that never goes back
 * @param everyMs ms after which there is one more, up to `readsMax`
 */
export function createReadBudget(now: () => number, everyMs: number, readsMax: number): ReadBudget {
  let reads = readsMax;
  let countedAt = now();
  return {
    take() {
      const gained = everyMs === 0 ? readsMax : (now() - countedAt) / everyMs;
      reads = Math.min(readsMax, reads + gained);
      countedAt = now();
      if (reads < 1) return false;
      reads--;
      return true;
    },
  };
}
