/** Keeps what is sent under a rate that holds in every second, however one cuts the time into seconds. */
export class Pace {
  readonly #perSecond: number;
  /** When the last messages were sent, oldest first; at most as many as a second may have. */
  readonly #sentAt: number[] = [];

  constructor(perSecond: number) {
    this.#perSecond = Math.max(1, Math.floor(perSecond));
  }

  /**
   * How long the next message has to wait; 0 = it may go at once.
   * @param now ms of a clock that never goes back
   */
  waitMs(now: number): number {
    const oldest = this.#sentAt[0];
    if (oldest === undefined || this.#sentAt.length < this.#perSecond) return 0;
    return Math.max(0, oldest + 1000 - now);
  }

  sent(now: number): void {
    this.#sentAt.push(now);
    if (this.#sentAt.length > this.#perSecond) this.#sentAt.shift();
  }
}
