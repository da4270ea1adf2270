import type { PendingTick } from '#feed-adapter/normalise/pending-tick.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { withDrops } from './tick-queue.ts';

/** Dropped ticks per symbol that clients do not know of yet. */
export type UntoldDrops = ReadonlyMap<StockSymbol, number>;

/** Counts dropped ticks until the next tick of their symbol carries the number. */
export class DropLedger {
  readonly #untold: Map<StockSymbol, number>;

  constructor(before: UntoldDrops) {
    this.#untold = new Map(before);
  }

  /** What no tick carries yet. */
  get untold(): UntoldDrops {
    return this.#untold;
  }

  add(symbol: StockSymbol, ticks: number): void {
    this.#untold.set(symbol, (this.#untold.get(symbol) ?? 0) + ticks);
  }

  /** `tick` with the drops of its symbol, which are told by that. Called for each tick. */
  toldBy(tick: PendingTick): PendingTick {
    if (this.#untold.size === 0) return tick;
    const dropped = this.#untold.get(tick.symbol) ?? 0;
    this.#untold.delete(tick.symbol);
    return withDrops(tick, (tick.gaveUp ?? 0) + dropped);
  }
}
