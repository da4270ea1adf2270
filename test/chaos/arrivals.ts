/** A time without updates; ms of `performance.now()`. `to` is absent while it lasts. */
interface Silence {
  readonly from: number;
  readonly to: number;
}

/** Shorter ones are how updates come on a busy machine. */
const rememberedMs = 60;
const silencesMax = 10_000;

/**
 * When one client got updates. A stall is a time without any, beyond the time that may pass between two: that of
 * its frequency, or nothing.
 */
export class Arrivals {
  readonly #allowedMs: number;
  #lastAt: number | undefined;
  #silences: Silence[] = [];

  constructor(allowedMs: number) {
    this.#allowedMs = allowedMs;
  }

  /** `at`: ms of `performance.now()`. */
  arrived(at: number): void {
    const from = this.#lastAt;
    this.#lastAt = at;
    if (from === undefined || at - from - this.#allowedMs < rememberedMs) return;
    this.#silences.push({ from, to: at });
    if (this.#silences.length > silencesMax) this.#silences.shift();
  }

  /** Whether an update has come after `at`. */
  after(at: number): boolean {
    return this.#lastAt !== undefined && this.#lastAt > at;
  }

  /** The longest stall of which any part lies between the two moments, in ms; 0 where there was none. */
  longestStallMs(from: number, to: number): number {
    return Math.max(0, ...this.#stalls(from, to).map((silence) => this.#stallMs(silence)));
  }

  /**
   * When the last stall longer than `stallMs` was over, without the time that may pass anyway; undefined when there
   * was none.
   */
  liveAgainAt(from: number, to: number, stallMs: number): number | undefined {
    const last = this.#stalls(from, to)
      .filter((silence) => this.#stallMs(silence) > stallMs)
      .at(-1);
    return last && last.to - this.#allowedMs;
  }

  #stallMs({ from, to }: Silence): number {
    return to - from - this.#allowedMs;
  }

  /** One that has not ended counts as far as it goes. */
  #stalls(from: number, to: number): Silence[] {
    const ended = this.#silences.filter((silence) => silence.to > from && silence.from < to);
    const present = this.#lastAt ?? from;
    return present < to ? [...ended, { from: present, to }] : ended;
  }
}
