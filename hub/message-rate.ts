/** A token bucket: so many messages a second, twice as many at once. */
export class MessageRate {
  #tokens: number;
  #filledAt: number;
  /** Messages refused in a row. */
  refused = 0;

  constructor(perSecond: number, now: number) {
    this.#tokens = 2 * perSecond;
    this.#filledAt = now;
  }

  /** Whether one more message is within the rate at `now` (ms). */
  take(perSecond: number, now: number): boolean {
    this.#tokens = Math.min(2 * perSecond, this.#tokens + ((now - this.#filledAt) / 1000) * perSecond);
    this.#filledAt = now;
    if (this.#tokens < 1) {
      this.refused++;
      return false;
    }
    this.#tokens -= 1;
    this.refused = 0;
    return true;
  }
}
