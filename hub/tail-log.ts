import type { ResetReason } from '#protocol/messages.ts';
import type { Position } from '#protocol/position.ts';
import type { Tick } from '#protocol/tick.ts';

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

/** The newest ticks of one symbol, without a hole: what a hub holds of the symbol's stream. */
export class TailLog {
  /** Epoch of every tick held; -1 before the first. */
  #epoch = noEpoch;
  /** Sequence number of `#ticks[0]`. */
  #first = 0;
  #ticks: Tick[] = [];
  /** Updates from this sequence number on are known to be unbroken, even where memory no longer has them. */
  #unbrokenFrom = 0;
  /** Why the log can not reach further back than it does; undefined: the history may have more. */
  #floor: ResetReason | undefined;

  get epoch(): number {
    return this.#epoch;
  }
  /** Sequence number of the oldest tick held. */
  get first(): number {
    return this.#first;
  }
  /** Sequence number of the newest tick; -1 before the first. */
  get last(): number {
    return this.#first + this.#ticks.length - 1;
  }
  get size(): number {
    return this.#ticks.length;
  }
  get unbrokenFrom(): number {
    return this.#unbrokenFrom;
  }
  get floor(): ResetReason | undefined {
    return this.#floor;
  }
  get newest(): Tick | undefined {
    return this.#ticks.at(-1);
  }
  /** Position of the newest tick; undefined before the first. */
  get position(): Position | undefined {
    return this.#epoch === noEpoch ? undefined : { epoch: this.#epoch, seq: this.last };
  }

  /** The tick numbered `seq`; undefined when the log does not hold it. */
  at(seq: number): Tick | undefined {
    return this.#ticks[seq - this.#first];
  }

  judge(tick: Tick, epoch: number, seq: number): Arrival {
    if (epoch !== this.#epoch) return 'new_epoch';
    if (seq <= this.last) return 'duplicate';
    if (seq > this.last + 1) return 'hole';
    return tick.gaveUp === undefined ? 'next' : 'gave_up';
  }

  /** Adds what `judge` called `next`. */
  append(tick: Tick): void {
    this.#ticks.push(tick);
  }

  /** Forgets everything and begins again at `seq`; nothing before it can be had, because of `floor`. */
  restart(tick: Tick, epoch: number, seq: number, floor: ResetReason): void {
    this.#epoch = epoch;
    this.#first = seq;
    this.#ticks = [tick];
    this.#unbrokenFrom = seq;
    this.#floor = floor;
  }

  /**
   * Adds older ticks, newest first, as the history reads them backwards. Stops, and sets the floor,
   * where they do not join on.
   */
  prepend(older: readonly { readonly tick: Tick; readonly position: Position }[]): void {
    const joining: Tick[] = [];
    for (const { tick, position } of older) {
      if (this.#epoch === noEpoch) this.#begin(position);
      this.#floor = this.#breakBefore(
        position,
        this.#first - joining.length,
        joining.at(-1) ?? this.#ticks[0],
      );
      if (this.#floor !== undefined) break;
      joining.push(tick);
    }
    this.#first -= joining.length;
    this.#unbrokenFrom = Math.min(this.#unbrokenFrom, this.#first);
    this.#ticks = [...joining.reverse(), ...this.#ticks];
  }

  /** Nothing older is in the history. */
  endsHere(): void {
    const gaveUp = this.#ticks[0]?.gaveUp !== undefined;
    this.#floor = gaveUp ? 'history_unavailable' : 'history_trimmed';
  }

  /** Keeps the newest `entriesMax` ticks, and every one from `needed` on. */
  trim(entriesMax: number, needed: number): void {
    const keepFrom = Math.min(this.last - entriesMax + 1, needed);
    if (keepFrom <= this.#first) return;
    this.#ticks.splice(0, keepFrom - this.#first);
    this.#first = keepFrom;
    this.#floor = undefined; // the history may still have what memory let go
  }

  #begin(newest: Position): void {
    this.#epoch = newest.epoch;
    this.#first = newest.seq + 1;
    this.#unbrokenFrom = this.#first;
  }

  /** Why the tick at `position` does not join on to `next`, the one numbered `nextSeq`; undefined when it does. */
  #breakBefore(position: Position, nextSeq: number, next: Tick | undefined): ResetReason | undefined {
    if (position.epoch !== this.#epoch) return 'epoch_changed';
    if (next?.gaveUp !== undefined) return 'history_unavailable';
    return position.seq === nextSeq - 1 ? undefined : 'history_trimmed';
  }
}
