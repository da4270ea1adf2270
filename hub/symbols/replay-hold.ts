/** How long history that was read for a resume stays in memory; ms. */
export interface ReplayHoldLimits {
  /** How long ticks that were read back for a resume stay in memory for the next one. */
  readonly replayHoldMs: number;
}

/** Until when a feed keeps ticks for those who resume; ms of a clock that never goes back. */
export class ReplayHold {
  readonly #limits: ReplayHoldLimits;
  #until = 0;
  #since = 0;

  constructor(limits: ReplayHoldLimits) {
    this.#limits = limits;
  }

  /** @param longestMs from the beginning of the hold */
  extend(now: number, longestMs: number): void {
    if (now >= this.#until) this.#since = now;
    this.#until = Math.max(this.#until, Math.min(now + this.#limits.replayHoldMs, this.#since + longestMs));
  }

  holds(now: number): boolean {
    return now < this.#until;
  }
}
