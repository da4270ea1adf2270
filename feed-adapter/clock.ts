/** Time as the feed adapter sees it; passed in, so that tests decide what time it is. */
export interface Clock {
  /** Unix ms. May jump when the machine's clock is set. */
  now(): number;
  /** Ms since some moment; never jumps. For durations and deadlines. */
  monotonic(): number;
  /** Runs `task` once, `delayMs` from now, unless cancelled before. */
  after(delayMs: number, task: () => void): Cancel;
}

/** Calls off what was to happen; harmless when it has happened already. */
export type Cancel = () => void;

/** The runtime's own clocks and timers. */
export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, task) => {
    const timer = setTimeout(task, delayMs);
    return () => clearTimeout(timer);
  },
};
