import type { ResetReason } from '#protocol/messages.ts';
import { givesUp } from '#protocol/payload-fields.ts';
import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';
import { encodeTick } from '#protocol/tick-payload.ts';
import type { Slabs } from './slabs.ts';
import { TickRing } from './tick-ring.ts';

/** What an arriving tick is to a log. */
export type Arrival =
  /** The very next one. */
  | 'next'
  /** Already there. */
  | 'duplicate'
  /** One or more between are missing; the history may have them. */
  | 'hole'
  /** Of another epoch: what was before may be lost. */
  | 'new_epoch'
  /** The next one, but the adapter gave up ticks before it. */
  | 'gave_up';

const noEpoch = -1;

/**
 * The newest ticks of one symbol, without a hole: what a hub holds of the symbol's stream. They are kept as the
 * payloads that they came as, and made ticks of when somebody is to get them.
 */
export class TailLog {
  readonly #symbol: StockSymbol;
  /** Epoch of every tick held; -1 before the first. */
  #epoch = noEpoch;
  /** Sequence number of the oldest tick in `#ring`. */
  #first = 0;
  readonly #ring: TickRing;
  /** Updates from this sequence number on are known to be unbroken, even where memory no longer has them. */
  #unbrokenFrom = 0;
  /** Why the log can not reach further back than it does; undefined: the history may have more. */
  #floor: ResetReason | undefined;

  constructor(symbol: StockSymbol, slabs: Slabs) {
    this.#symbol = symbol;
    this.#ring = new TickRing(slabs);
  }

  get epoch(): number {
    return this.#epoch;
  }
  /** Sequence number of the oldest tick held. */
  get first(): number {
    return this.#first;
  }
  /** Sequence number of the newest tick; -1 before the first. */
  get last(): number {
    return this.#first + this.#ring.size - 1;
  }
  get size(): number {
    return this.#ring.size;
  }
  /** The next tick needs more memory. */
  get full(): boolean {
    return this.#ring.size === this.#ring.capacity;
  }
  get unbrokenFrom(): number {
    return this.#unbrokenFrom;
  }
  get floor(): ResetReason | undefined {
    return this.#floor;
  }
  get newest(): Tick | undefined {
    return this.#ring.at(this.#symbol, this.#ring.size - 1);
  }
  /** Position of the newest tick; undefined before the first. */
  get position(): Position | undefined {
    return this.#epoch === noEpoch ? undefined : { epoch: this.#epoch, seq: this.last };
  }

  /** The tick numbered `seq`; undefined when the log does not hold it. */
  at(seq: number): Tick | undefined {
    return this.#ring.at(this.#symbol, seq - this.#first);
  }

  /** @param bytes hold the tick's payload from `start` on */
  judge(bytes: Uint8Array, start: number, epoch: number, seq: number): Arrival {
    if (epoch !== this.#epoch) return 'new_epoch';
    const { last } = this;
    if (seq <= last) return 'duplicate';
    if (seq > last + 1) return 'hole';
    return givesUp(bytes, start) ? 'gave_up' : 'next';
  }

  /** Adds what `judge` called `next`: the payload that `bytes` hold from `start` to `end`. */
  append(bytes: Uint8Array, start: number, end: number): void {
    this.#ring.push(bytes, start, end);
  }

  /** Forgets everything: the next tick is numbered `seq`, and nothing before it can be had, because of `floor`. */
  restart(epoch: number, seq: number, floor: ResetReason): void {
    this.#ring.clear();
    this.#epoch = epoch;
    this.#first = seq;
    this.#unbrokenFrom = seq;
    this.#floor = floor;
  }

  /**
   * Adds older ticks, newest first, as the history reads them backwards. Stops, and sets the floor,
   * where they do not join on.
   */
  prepend(older: readonly { readonly tick: Tick; readonly position: Position }[]): void {
    this.#ring.reserve(older.length);
    for (const { tick, position } of older) {
      if (this.#epoch === noEpoch) this.#begin(position);
      this.#floor = this.#breakBefore(position);
      if (this.#floor !== undefined) break;
      this.#ring.unshift(encodeTick(tick));
      this.#first--;
    }
    this.#unbrokenFrom = Math.min(this.#unbrokenFrom, this.#first);
  }

  /** Nothing older is in the history. */
  endsHere(): void {
    this.#floor = this.#ring.firstGivesUp ? 'history_unavailable' : 'history_trimmed';
  }

  /** Keeps the newest `entriesMax` ticks, and every one from `needed` on. */
  trim(entriesMax: number, needed: number): void {
    const keepFrom = Math.min(this.last - entriesMax + 1, needed);
    if (keepFrom <= this.#first) return;
    this.#ring.drop(keepFrom - this.#first, entriesMax);
    this.#first = keepFrom;
    this.#floor = undefined; // the history may still have what memory let go
  }

  /** Gives back its memory; holds nothing from then on. */
  release(): void {
    this.#ring.release();
  }

  #begin(newest: Position): void {
    this.#epoch = newest.epoch;
    this.#first = newest.seq + 1;
    this.#unbrokenFrom = this.#first;
  }

  /** Why the tick at `position` does not join on to the oldest one held; undefined when it does. */
  #breakBefore(position: Position): ResetReason | undefined {
    if (position.epoch !== this.#epoch) return 'epoch_changed';
    if (this.#ring.firstGivesUp) return 'history_unavailable';
    return position.seq === this.#first - 1 ? undefined : 'history_trimmed';
  }
}
