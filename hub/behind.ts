import type { FrequencyClassMs } from '#protocol/frequency.ts';
import type { ResetReason } from '#protocol/messages.ts';
import { toPriceUpdate } from '#protocol/price-update.ts';
import { type Held, nothingHeld } from './lane.ts';
import type { ReplayParts } from './replay-parts.ts';
import type { Session } from './session.ts';
import type { SymbolTail } from './tail.ts';
import { resetMessage, snapshotOf, updateMessage } from './updates.ts';

/**
 * A subscription that is not on its lane: the socket holds less than the tail has, because it resumes
 * or because it is slow. It moves along the tail's log until it has come to its end.
 */
export class Behind {
  readonly tail: SymbolTail;
  readonly classMs: FrequencyClassMs;
  #epoch: number;
  #seq: number;
  /** False when the socket may already have some of what follows. */
  #exact: boolean;
  /** A reset was missed: nothing that the socket holds can be continued. */
  #missedReset: boolean;

  constructor(tail: SymbolTail, classMs: FrequencyClassMs, held: Held) {
    this.tail = tail;
    this.classMs = classMs;
    this.#epoch = held.epoch;
    this.#seq = held.seq;
    this.#exact = held.exact;
    this.#missedReset = held === nothingHeld;
  }

  /** What the socket holds. */
  get held(): Held {
    return this.#missedReset ? nothingHeld : { epoch: this.#epoch, seq: this.#seq, exact: this.#exact };
  }

  /** The socket holds all that the tail has. */
  get caughtUp(): boolean {
    const { log } = this.tail;
    return this.#epoch === log.epoch && this.#seq >= log.last;
  }

  /** The next missed update as a part of a message; undefined where it can only be sent by `sendNext`. */
  nextPart(session: Session, parts: ReplayParts): Uint8Array | undefined {
    const { log } = this.tail;
    if (this.classMs !== 0 || !this.#exact || this.#epoch !== log.epoch || !log.follows(this.#seq))
      return undefined;
    return parts.partOf(this.tail, this.#seq + 1, session.codec);
  }

  /** The part was sent. */
  partSent(): void {
    this.#seq++;
  }

  /** Sends the next missed update; a conflated subscription gets one that stands for all. */
  sendNext(session: Session): boolean {
    const { log } = this.tail;
    if (this.classMs !== 0) return this.sendNewest(session);
    if (this.#epoch !== log.epoch) return this.sendReset(session, this.#lossReason());
    const seq = this.#seq + 1;
    const tick = log.follows(this.#seq) ? log.at(seq) : undefined;
    // The log began anew, or memory let go of it meanwhile.
    if (tick === undefined) return this.sendReset(session, log.floor ?? 'slow_consumer');
    return session.sendUpdate(this, this.#marked(toPriceUpdate(tick, seq))) && this.#hold(seq);
  }

  /** Sends the newest price, standing for everything that was missed. */
  sendNewest(session: Session): boolean {
    const { log } = this.tail;
    const { newest } = log;
    const unbroken = this.#epoch === log.epoch && this.#seq >= log.unbrokenFrom - 1;
    if (newest === undefined || !unbroken) return this.sendReset(session, this.#lossReason());
    const update = this.#marked(toPriceUpdate(newest, log.last, { from: this.#seq + 1 }));
    return session.sendUpdate(this, update) && this.#hold(log.last);
  }

  /** Tells that what was missed is lost, and sends the newest price. */
  sendReset(session: Session, reason: ResetReason): boolean {
    const snapshot = snapshotOf(this.tail.log);
    session.counts.resets[reason]++;
    if (!session.send(resetMessage(this.tail, reason))) return false;
    if (snapshot !== undefined && !session.send(updateMessage(this.tail.symbol, snapshot))) return false;
    return this.#hold(this.tail.log.last);
  }

  #lossReason(): ResetReason {
    if (this.#epoch === this.tail.log.epoch) return 'history_unavailable'; // the adapter gave some up
    return this.#missedReset ? 'slow_consumer' : 'epoch_changed';
  }

  /** An update that may repeat what the socket has says so. */
  #marked<Update extends object>(update: Update): Update {
    return this.#exact ? update : { ...update, snapshot: true };
  }

  #hold(seq: number): true {
    this.#epoch = this.tail.log.epoch;
    this.#seq = seq;
    this.#exact = true;
    this.#missedReset = false;
    return true;
  }
}
