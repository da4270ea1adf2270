import type { ResetReason } from '#protocol/messages.ts';
import { givesUp } from '#protocol/payload-fields.ts';
import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Tick, ToldTick } from '#protocol/tick.ts';
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
  /** Of a later epoch: what was before may be lost. */
  | 'new_epoch'
  /** Of an earlier epoch: late, or of a server that does not know yet that another took over. */
  | 'old_epoch'
  /** The next one, but the adapter gave up ticks before it. */
  | 'gave_up';

const noEpoch = -1;

/**
 * The newest ticks of one symbol, without a hole: what a hub holds of the symbol's stream. They are kept as
 * bytes, and made ticks of when somebody is to get them.
 */
export class ReplayWindow {
  readonly #symbol: StockSymbol;
  /** Epoch of every tick held; -1 before the first. */
  #epoch = noEpoch;
  /** Sequence number of the oldest tick in `#ring`. */
  #first = 0;
  /** Of the newest one: asked for more often than anything else, so that it is not looked up in the ring. */
  #last = -1;
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
    return this.#last;
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
  get newest(): ToldTick | undefined {
    return this.#ring.at(this.#symbol, this.#ring.size - 1);
  }
  /** Position of the newest tick; undefined before the first. */
  get position(): Position | undefined {
    return this.#epoch === noEpoch ? undefined : { epoch: this.#epoch, seq: this.last };
  }

  /**
   * Whether somebody who holds everything up to `seq` of this epoch misses nothing before the ticks held. What an
   * adapter gave up has no number: who holds all that has one has missed it all the same.
   */
  follows(seq: number): boolean {
    return seq >= this.#first || (seq === this.#first - 1 && !this.#ring.firstGivesUp);
  }

  /** Somebody who holds everything up to the position has more than this: another hub may have been faster. */
  isBehind({ epoch, seq }: Position): boolean {
    return epoch === this.#epoch ? seq > this.#last : epoch > this.#epoch;
  }

  /** Whether the history has nothing to add for somebody who holds everything up to the position. */
  reaches(position: Position): boolean {
    if (this.isBehind(position)) return false;
    return position.epoch !== this.#epoch || this.follows(position.seq) || this.#floor !== undefined;
  }

  /** The tick numbered `seq`; undefined when the log does not hold it. */
  at(seq: number): ToldTick | undefined {
    return this.#ring.at(this.#symbol, seq - this.#first);
  }

  /** Number of the newest tick that an adapter had read by `time`, Unix ms; undefined: none that is held. */
  newestReceivedBy(time: number): number | undefined {
    const index = this.#ring.newestReceivedBy(time);
    return index === undefined ? undefined : this.#first + index;
  }

  /** @param bytes hold the tick's payload from `start` on */
  judge(bytes: Uint8Array, start: number, epoch: number, seq: number): Arrival {
    if (epoch !== this.#epoch) return epoch > this.#epoch ? 'new_epoch' : 'old_epoch';
    const { last } = this;
    if (seq <= last) return 'duplicate';
    if (seq > last + 1) return 'hole';
    return givesUp(bytes, start) ? 'gave_up' : 'next';
  }

  /** Adds what `judge` called `next`: the tick whose payload `bytes` hold from `start` on. */
  append(bytes: Uint8Array, start: number): void {
    this.#ring.push(bytes, start);
    this.#last++;
  }

  /**
   * Forgets everything: the next tick is numbered `seq`, and nothing before it can be had, because of `floor`. Where
   * that is not known to have been numbered at all, nobody without that tick has an unbroken history.
   */
  restart(epoch: number, seq: number, floor: ResetReason): void {
    this.#ring.clear();
    this.#epoch = epoch;
    this.#first = seq;
    this.#last = seq - 1;
    this.#unbrokenFrom = floor === 'history_unavailable' ? seq + 1 : seq;
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
    const { firstGivesUp } = this.#ring;
    if (firstGivesUp) this.#floor ??= 'history_unavailable';
    this.#unbrokenFrom = Math.min(this.#unbrokenFrom, firstGivesUp ? this.#first + 1 : this.#first);
  }

  /** Nothing older is in the history. */
  endsHere(): void {
    this.#floor = this.#ring.firstGivesUp ? 'history_unavailable' : 'history_trimmed';
  }

  /** What is older can not be read. */
  cannotReachBack(): void {
    this.#floor = 'history_unavailable';
  }

  /** Highest price of the ticks numbered `from` to `to`, all of which are held. */
  highest(from: number, to: number): number {
    return this.#ring.highest(from - this.#first, to + 1 - this.#first);
  }

  /** The lowest one. */
  lowest(from: number, to: number): number {
    return this.#ring.lowest(from - this.#first, to + 1 - this.#first);
  }

  /** Lets go of the ticks before `seq`, which is held. Room for `entriesMax` stays. */
  dropBefore(seq: number, entriesMax: number): void {
    this.#ring.drop(seq - this.#first, entriesMax);
    this.#first = seq;
    this.#floor = undefined; // the history may still have what memory let go
  }

  /** Gives back its memory; holds nothing from then on. */
  release(): void {
    this.#last = this.#first - 1;
    this.#ring.release();
  }

  #begin(newest: Position): void {
    this.#epoch = newest.epoch;
    this.#first = newest.seq + 1;
    this.#last = newest.seq;
    this.#unbrokenFrom = this.#first;
  }

  /** Why the tick at `position` does not join on to the oldest one held; undefined when it does. */
  #breakBefore(position: Position): ResetReason | undefined {
    if (position.epoch !== this.#epoch) return 'epoch_changed';
    if (this.#ring.firstGivesUp) return 'history_unavailable';
    return position.seq === this.#first - 1 ? undefined : 'history_trimmed';
  }
}
