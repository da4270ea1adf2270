/** A time in which a symbol had no update; ms of `performance.now()`. */
interface Silence {
  readonly from: number;
  readonly to: number;
}

/** Shorter ones are how updates come on a busy machine. */
const rememberedMs = 60;
const silencesMax = 10_000;

/**
 * When one client got updates of its symbols. A stall is a time in which one of them had none, beyond the time that
 * may pass between two of its updates.
 */
export class Arrivals {
  readonly #allowedMs: number;
  /** By symbol; absent before its first update. */
  readonly #lastAt: Map<string, number | undefined>;
  #silences: Silence[] = [];

  /** @param allowedMs between two updates of a symbol: the venue's interval, and what the frequency adds */
  constructor(symbols: readonly string[], allowedMs: number) {
    this.#allowedMs = allowedMs;
    this.#lastAt = new Map(symbols.map((symbol) => [symbol, undefined]));
  }

  /** `at`: ms of `performance.now()`. */
  arrived(symbol: string, at: number): void {
    const from = this.#lastAt.get(symbol);
    this.#lastAt.set(symbol, at);
    if (from === undefined || at - from - this.#allowedMs < rememberedMs) return;
    this.#silences.push({ from, to: at });
    if (this.#silences.length > silencesMax) this.#silences.shift();
  }

  /** Whether every symbol had an update after `at`. */
  after(at: number): boolean {
    return [...this.#lastAt.values()].every((last) => last !== undefined && last > at);
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
    const ends = this.#stalls(from, to)
      .filter((silence) => this.#stallMs(silence) > stallMs)
      .map((silence) => silence.to - this.#allowedMs);
    return ends.length === 0 ? undefined : Math.max(...ends);
  }

  #stallMs({ from, to }: Silence): number {
    return to - from - this.#allowedMs;
  }

  /** One that has not ended counts as far as it goes. */
  #stalls(from: number, to: number): Silence[] {
    const ended = this.#silences.filter((silence) => silence.to > from && silence.from < to);
    const present = [...this.#lastAt.values()].map((last = from) => ({ from: last, to }));
    return [...ended, ...present.filter((silence) => silence.from < to)];
  }
}
