import type { Clock } from '#feed-adapter/clock.ts';

/** Keeps requests apart, over all symbols of a source, and holds them back when the source says so. */
export class RequestPace {
  readonly #spacingMs: number;
  readonly #clock: Pick<Clock, 'monotonic'>;
  /** Monotonic ms of the next free moment. */
  #freeAt = 0;

  constructor(requestsPerSecondMax: number, clock: Pick<Clock, 'monotonic'>) {
    this.#spacingMs = 1000 / requestsPerSecondMax;
    this.#clock = clock;
  }

  /** Takes the next free moment; ms until then. */
  take(): number {
    const now = this.#clock.monotonic();
    const at = Math.max(now, this.#freeAt);
    this.#freeAt = at + this.#spacingMs;
    return at - now;
  }

  /** No request for so many ms. */
  holdBack(delayMs: number): void {
    this.#freeAt = Math.max(this.#freeAt, this.#clock.monotonic() + delayMs);
  }
}
