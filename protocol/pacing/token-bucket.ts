/** How fast tokens come, and how many gather. */
export interface TokenBucketLimits {
  /** Tokens that come in a second, above 0. */
  readonly perSecond: number;
  /** Tokens that gather at the most, and may be taken at once. */
  readonly burst: number;
}

/**
 * So much in the long run and so much at once. Full at first. Who has one holds no timer: it fills up when it is looked at.
 * Every `now` is ms of a clock that never goes back.
 */
export class TokenBucket {
  readonly #limits: TokenBucketLimits;
  #tokens: number;
  #filledAt: number;
  /**
   * How often it refused, less how often it took since. Counted in a row it would never grow for somebody 83 times too
   * fast: among 83 tries there is always one that is taken.
   */
  refused = 0;

  /** @param limits may be shared by many buckets */
  constructor(limits: TokenBucketLimits, now: number) {
    this.#limits = limits;
    this.#tokens = limits.burst;
    this.#filledAt = now;
  }

  /** Takes so many, or all that can gather if that is less; false, and nothing is taken, if there are too few. */
  take(now: number, cost = 1): boolean {
    const wanted = Math.min(cost, this.#limits.burst);
    return this.#take(now, wanted, wanted);
  }

  /** Takes so many, though there may be one only: what is missing is a debt that has to be paid before the next. */
  takeOnCredit(now: number, cost: number): boolean {
    return this.#take(now, cost, 1);
  }

  /** Ms until so many are there, or all that can gather if that is less; 0 = they are. */
  waitMs(now: number, cost: number): number {
    const missing = Math.min(cost, this.#limits.burst) - this.#fill(now);
    return missing <= 0 ? 0 : Math.ceil((missing * 1000) / this.#limits.perSecond);
  }

  /** Takes so many, whether they are there or not. @param now left out right after tokens were taken */
  charge(cost: number, now = this.#filledAt): void {
    this.#fill(now);
    this.#tokens -= cost;
  }

  /** So many were charged too much. */
  giveBack(tokens: number): void {
    this.#tokens = Math.min(this.#limits.burst, this.#tokens + tokens);
  }

  /** Nothing was taken, or all of it has come back: it is as good as a new one. */
  isFull(now: number): boolean {
    return this.#fill(now) === this.#limits.burst;
  }

  #take(now: number, cost: number, needed: number): boolean {
    if (this.#fill(now) < needed) {
      this.refused++;
      return false;
    }
    this.#tokens -= cost;
    if (this.refused > 0) this.refused--;
    return true;
  }

  #fill(now: number): number {
    const { perSecond, burst } = this.#limits;
    this.#tokens = Math.min(burst, this.#tokens + ((now - this.#filledAt) * perSecond) / 1000);
    this.#filledAt = now;
    return this.#tokens;
  }
}
