export interface BackoffLimits {
  /** Bound of the first wait, in ms; it doubles with each attempt that follows. 1 … 60,000. */
  readonly backoffBaseMs: number;
  /** The bound never grows above this, in ms. 1 … 3,600,000. */
  readonly backoffMaxMs: number;
}

/**
 * Exponential back-off with full jitter: each wait is drawn evenly from 0 to a bound that doubles, so
 * that adapters that lost the venue together do not come back together.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #random: () => number;
  #attempts = 0;

  /** @param random evenly from 0 to below 1 */
  constructor(limits: BackoffLimits, random: () => number) {
    this.#limits = limits;
    this.#random = random;
  }

  /** Ms to wait before the next attempt. */
  next(): number {
    const { backoffBaseMs, backoffMaxMs } = this.#limits;
    const boundMs = Math.min(backoffMaxMs, backoffBaseMs * 2 ** this.#attempts);
    this.#attempts = Math.min(this.#attempts + 1, 30);
    return this.#random() * boundMs;
  }

  reset(): void {
    this.#attempts = 0;
  }
}
