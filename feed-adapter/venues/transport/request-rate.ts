import type { Clock } from '#feed-adapter/clock.ts';
import { TokenBucket } from '#protocol/pacing/token-bucket.ts';

/** Keeps requests apart, over all symbols of a source, and holds them back when the source says so. */
export class RequestRate {
  readonly #perSecond: number;
  readonly #bucket: TokenBucket;
  readonly #clock: Pick<Clock, 'monotonic'>;

  constructor(requestsPerSecondMax: number, clock: Pick<Clock, 'monotonic'>) {
    this.#perSecond = requestsPerSecondMax;
    this.#bucket = new TokenBucket({ perSecond: requestsPerSecondMax, burst: 1 }, clock.monotonic());
    this.#clock = clock;
  }

  /** Takes the next free moment; ms until then. */
  take(): number {
    const now = this.#clock.monotonic();
    const waitMs = this.#bucket.waitMs(now, 1);
    this.#bucket.charge(1, now);
    return waitMs;
  }

  /** No request for so many ms. */
  holdBack(delayMs: number): void {
    const now = this.#clock.monotonic();
    const moreMs = delayMs - this.#bucket.waitMs(now, 1);
    if (moreMs > 0) this.#bucket.charge((moreMs * this.#perSecond) / 1000, now);
  }
}
