import type { LastNumbers } from './venue.ts';

/** Numbers further apart than this are two numberings, not that many messages lost. */
const jumpMax = 100_000_000;

/** Watches numbers that a venue hands out one after the other, per symbol. Survives reconnects. */
export class SequenceGaps {
  readonly #last: Map<string, number>;

  /** @param last numbers that an earlier reader has seen; absent: none */
  constructor(last: LastNumbers = new Map()) {
    this.#last = new Map<string, number>(last);
  }

  /**
   * How many numbers are missing between the highest seen and `number`: 0 for the first, the next and
   * an old one. A jump that no loss explains, forward or back, counts as 1 (how many were lost can not
   * be known) and is followed, so that one corrupt number does not end the watch.
   */
  missedBefore(symbol: string, number: number): number {
    const last = this.#last.get(symbol);
    const ahead = last === undefined ? 1 : number - last;
    if (ahead <= 0 && ahead >= -jumpMax) return 0;
    this.#last.set(symbol, number);
    return Math.abs(ahead) > jumpMax ? 1 : ahead - 1;
  }

  /** How many numbers above the highest seen and up to `number` are missing, `number` itself included. */
  missedUpTo(symbol: string, number: number): number {
    const last = this.#last.get(symbol);
    if (last === undefined || number <= last || number - last > jumpMax) return 0;
    this.#last.set(symbol, number);
    return number - last;
  }
}
