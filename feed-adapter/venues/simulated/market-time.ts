import type { Clock } from '#feed-adapter/clock.ts';

/** Maps the market's time, which begins at 0 and can be held up, to the two clocks. */
export class MarketTime {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>;
  /** Monotonic ms at which the market's time was 0: when all symbols were open; moved on by what is left out. */
  #beganAt = 0;
  /** Unix ms at which the market's time was 0. */
  #epochMs = 0;

  constructor(clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.#clock = clock;
  }

  /** The market's time is 0 now. */
  begin(): void {
    this.#beganAt = this.#clock.monotonic();
  }

  /** The market's time now, in ms. */
  get elapsedMs(): number {
    return this.#clock.monotonic() - this.#beganAt;
  }

  /** Leaves out so much of the market's time. */
  skip(ms: number): void {
    this.#beganAt += ms;
  }

  /** The two clocks read with different precision, so only a real step of the wall clock is followed. */
  followWallClock(elapsedMs: number): void {
    const shouldBe = this.#clock.now() - elapsedMs;
    if (Math.abs(shouldBe - this.#epochMs) > 20) this.#epochMs = shouldBe;
  }

  /** Unix ms of a moment of the market's time. */
  unixMs(at: number): number {
    return Math.floor(this.#epochMs + at);
  }
}
