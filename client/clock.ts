/** Time as the SDK sees it; tests move their own. */
export interface Clock {
  /** Unix ms. */
  now(): number;
  /** Does `work` once after `delayMs`; the returned function calls it off, also when it is done already. */
  after(delayMs: number, work: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  after(delayMs, work) {
    const timer = setTimeout(work, delayMs);
    return () => clearTimeout(timer);
  },
};
