/** Time as the SDK sees it; tests move their own. */
export interface Clock {
  /**
   * For everything that lasts: ms since some time in the past, by a clock that never goes back and that nobody sets. On
   * some systems it stands still while the machine sleeps.
   */
  monotonic(): number;
  /** Unix ms, which somebody may set. It tells that the machine slept, and nothing lasts until some time of it. */
  now(): number;
  /** Does `work` once after `delayMs`; the returned function calls it off, also when it is done already. */
  after(delayMs: number, work: () => void): () => void;
}

/** The runtime's own clocks and timers. */
export const systemClock: Clock = {
  monotonic: () => performance.now(),
  now: () => Date.now(),
  after(delayMs, work) {
    const timer = setTimeout(work, delayMs);
    return () => clearTimeout(timer);
  },
};

/** A timer that comes so much too late was held up: the machine slept, or a tab was frozen. */
export const heldUpMs = 2000;
/** After that, for what arrived meanwhile to be read. */
const readMs = 1000;

/**
 * `work` after `delayMs` of waiting for something. A timer that was held up comes before what arrived meanwhile is read, so
 * that has some time more then. The returned function calls it off.
 */
export function afterWaiting(clock: Clock, delayMs: number, work: () => void): () => void {
  const dueAt = clock.monotonic() + delayMs;
  let cancel = clock.after(delayMs, () => {
    if (clock.monotonic() - dueAt > heldUpMs) cancel = clock.after(readMs, work);
    else work();
  });
  return () => cancel();
}
