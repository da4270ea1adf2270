export interface FlushClockDeps {
  /** Publishes what waits. */
  readonly flush: () => void;
  /** The time that a flush keeps from the one before it, in ms. */
  readonly windowMs: () => number;
}

/**
 * Says when the groups of every update are flushed: at once when the last flush is longer ago than the window
 * (that is: after the updates that came in with the same read of Redis), else when the window is over.
 */
export interface FlushClock {
  /** Something waits. */
  request(): void;
  stop(): void;
}

export function createFlushClock(deps: FlushClockDeps): FlushClock {
  let wanted = false;
  let soon: NodeJS.Immediate | undefined;
  let resting: NodeJS.Timeout | undefined;

  const flush = (): void => {
    soon = undefined;
    wanted = false;
    resting = setTimeout(rested, deps.windowMs());
    deps.flush();
  };
  const rested = (): void => {
    resting = undefined;
    if (wanted) flush();
  };

  return {
    request() {
      wanted = true;
      if (resting === undefined) soon ??= setImmediate(flush);
    },
    stop() {
      clearImmediate(soon);
      clearTimeout(resting);
    },
  };
}
