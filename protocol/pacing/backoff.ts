/** How long to wait between attempts. */
export interface BackoffLimits {
  /** Bound of the first wait, ms; it doubles with each attempt that follows. */
  readonly firstMs: number;
  /** The bound never grows above this, ms. */
  readonly maxMs: number;
  /**
   * Which part of the bound is left to chance: 1, the default, is all of it ("full jitter"), so that those who failed
   * together do not come back together; 0.5 waits for half of it at least; 0 is no chance at all.
   * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
   */
  readonly jitter?: number;
  /** An attempt that went well for so long, ms, begins the back-off anew when it ends; never when not said. */
  readonly stableMs?: number;
}

/** Chance and time, so that tests can set them; the clock counts ms and never goes back. */
export interface BackoffDeps {
  /** Evenly from 0 to below 1. */
  readonly random: () => number;
  readonly clock: { monotonic(): number };
}

/** Beyond it the bound is at its maximum with any limits, and 2 to the power of it is still a number. */
const doublingsMax = 30;

/** How long to wait before something that failed is tried again: exponential back-off with jitter. */
export class Backoff {
  readonly #limits: BackoffLimits;
  readonly #deps: BackoffDeps;
  #attempts = 0;
  #liveSince = Number.POSITIVE_INFINITY;

  constructor(limits: BackoffLimits, deps: BackoffDeps) {
    this.#limits = limits;
    this.#deps = deps;
  }

  /** Waits since it began. */
  get attempts(): number {
    return this.#attempts;
  }

  /** The attempt went well so far: a connection is open. */
  live(): void {
    this.#liveSince = this.#deps.clock.monotonic();
  }

  /** The attempt failed, or ended: whole ms to wait before the next one. */
  next(): number {
    const { firstMs, maxMs, jitter = 1, stableMs = Number.POSITIVE_INFINITY } = this.#limits;
    const { random, clock } = this.#deps;
    if (clock.monotonic() - this.#liveSince >= stableMs) this.#attempts = 0;
    this.#liveSince = Number.POSITIVE_INFINITY;
    const boundMs = Math.min(maxMs, firstMs * 2 ** Math.min(this.#attempts, doublingsMax));
    this.#attempts++;
    return Math.floor(boundMs * (1 - jitter) + boundMs * jitter * random());
  }

  /** It has gone well: the next wait is the first again. */
  reset(): void {
    this.#attempts = 0;
  }
}
