/**
 * A token bucket that is paid for work: so many messages a second, twice as many at once, and a message that makes more
 * work costs as many. What costs more than is there is taken all the same and leaves a debt: one large request always
 * passes, and the next waits until it is paid for.
 */
export class MessageRate {
  #tokens: number;
  #filledAt: number;
  /**
   * Messages refused for which none has been taken since. Counted in a row it never grew for a client that sends 83
   * times too fast: among 83 messages there is always one that is taken.
   */
  refused = 0;

  constructor(perSecond: number, now: number) {
    this.#tokens = 2 * perSecond;
    this.#filledAt = now;
  }

  /** Whether one more message, which costs so much, is within the rate at `now` (ms). */
  take(perSecond: number, now: number, cost = 1): boolean {
    this.#tokens = Math.min(2 * perSecond, this.#tokens + ((now - this.#filledAt) / 1000) * perSecond);
    this.#filledAt = now;
    if (this.#tokens < 1) {
      this.refused++;
      return false;
    }
    this.#tokens -= cost;
    this.refused = Math.max(0, this.refused - 1);
    return true;
  }

  /** A message that was taken has made more work than could be seen of it. */
  charge(cost: number): void {
    this.#tokens -= cost;
  }
}
