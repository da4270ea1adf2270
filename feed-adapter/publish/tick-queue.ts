import type { PendingTick } from '#feed-adapter/normalise/pending-tick.ts';
import type { StockSymbol } from '#protocol/symbol.ts';

/** With fewer taken places than this, moving the rest forward costs more than it frees. */
const takenPlacesMin = 1024;

/** Ticks in the order they came. Adding and taking cost the same however many wait. */
export class TickQueue {
  #ticks: PendingTick[] = [];
  /** Place of the oldest tick; those before it were taken. */
  #head = 0;

  get size(): number {
    return this.#ticks.length - this.#head;
  }

  push(tick: PendingTick): void {
    this.#ticks.push(tick);
  }

  /** The oldest ticks, at most `ticksMax`. */
  take(ticksMax: number): readonly PendingTick[] {
    const taken = this.#ticks.slice(this.#head, this.#head + ticksMax);
    this.#head += taken.length;
    if (this.#head >= takenPlacesMin && this.#head * 2 >= this.#ticks.length) {
      this.#ticks = this.#ticks.slice(this.#head);
      this.#head = 0;
    }
    return taken;
  }

  /**
   * Keeps the newest tick of each symbol, in order, each with the number of its symbol's ticks that were
   * dropped before it. The receipt of a dropped tick learns of it. Returns how many were dropped now.
   */
  compact(): number {
    const before = this.size;
    const lost = new Map<StockSymbol, number>();
    const kept: PendingTick[] = [];
    for (const tick of this.take(before).toReversed()) {
      const already = lost.get(tick.symbol);
      if (already === undefined) kept.push(tick);
      else tick.receipt?.abandoned();
      lost.set(tick.symbol, already === undefined ? (tick.gaveUp ?? 0) : already + 1 + (tick.gaveUp ?? 0));
    }
    this.#ticks = kept.toReversed().map((tick) => withDrops(tick, lost.get(tick.symbol) ?? 0));
    this.#head = 0;
    return before - kept.length;
  }
}

/** `tick`, saying that `dropped` ticks of its symbol were dropped before it. */
export function withDrops(tick: PendingTick, dropped: number): PendingTick {
  return dropped === (tick.gaveUp ?? 0) ? tick : { ...tick, gaveUp: dropped };
}
