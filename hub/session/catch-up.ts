import type { HubCounts } from '#hub/counts.ts';
import type { LookUpShown, Shown } from '#hub/delivery/frequency-windows.ts';
import type { GroupMember } from '#hub/delivery/group-member.ts';
import { type Held, nothingHeld } from '#hub/delivery/held.ts';
import { resetMessage, snapshotOfShown, updateMessage } from '#hub/delivery/updates.ts';
import type { ReplayParts } from '#hub/symbols/replay-parts.ts';
import type { SymbolFeed } from '#hub/symbols/symbol-feed.ts';
import type { FrequencyClassMs } from '#protocol/frequency.ts';
import type { HubMessage, ResetReason } from '#protocol/messages.ts';
import { toPriceUpdate } from '#protocol/price-update.ts';

/** What a catch-up needs of the session that it sends to. */
export interface CatchUpReceiver extends Pick<GroupMember, 'codec' | 'sendUpdate'> {
  readonly counts: Pick<HubCounts, 'resets'>;
  /** False when the message was dropped because too much waits for the client already. */
  send(message: HubMessage): boolean;
}

/**
 * A subscription that is not on its group: the socket holds less than the feed has, because it resumes
 * or because it is slow. It moves along the feed's log until it has come to its end.
 */
export class CatchUp {
  readonly feed: SymbolFeed;
  readonly classMs: FrequencyClassMs;
  #epoch: number;
  #seq: number;
  /** False when the socket may already have some of what follows. */
  #exact: boolean;
  /** A reset was missed: nothing that the socket holds can be continued. */
  #missedReset: boolean;
  /** The socket holds the number but not its price. */
  #isUnseen: boolean;
  /** Undefined: whoever it is may be shown everything. */
  readonly #lookUp: LookUpShown | undefined;

  constructor(feed: SymbolFeed, classMs: FrequencyClassMs, held: Held, lookUp: LookUpShown | undefined) {
    this.feed = feed;
    this.classMs = classMs;
    this.#epoch = held.epoch;
    this.#seq = held.seq;
    this.#exact = held.exact;
    this.#missedReset = held === nothingHeld;
    this.#isUnseen = held.isUnseen === true;
    this.#lookUp = lookUp;
  }

  /** What the socket holds. */
  get held(): Held {
    if (this.#missedReset) return nothingHeld;
    return { epoch: this.#epoch, seq: this.#seq, exact: this.#exact, isUnseen: this.#isUnseen };
  }

  /** Its user is restricted: it is shown nothing newer than what its last window ended with. */
  get isRestricted(): boolean {
    return this.#lookUp !== undefined;
  }

  /** The socket holds all that it may be shown now. */
  get caughtUp(): boolean {
    const { window } = this.feed;
    if (this.#epoch !== window.epoch) return false;
    if (this.#lookUp === undefined || window.last < 0) return this.#seq >= window.last;
    if (!this.#isUnbroken) return false;
    const { seq = -1 } = this.#lookUp() ?? {};
    return this.#isUnseen ? seq < this.#seq : seq <= this.#seq;
  }

  /** There is something to tell, but it may not be told before the user's next window has ended. */
  get waits(): boolean {
    return this.#lookUp !== undefined && !this.caughtUp && this.#lookUp() === undefined;
  }

  /** The next missed update as a part of a message; undefined where it can only be sent by `sendNext`. */
  nextPart(to: CatchUpReceiver, parts: ReplayParts): Uint8Array | undefined {
    const { window } = this.feed;
    if (this.classMs !== 0 || !this.#exact || this.#epoch !== window.epoch || !window.follows(this.#seq))
      return undefined;
    return parts.partOf(this.feed, this.#seq + 1, to.codec);
  }

  /** The part was sent. */
  partSent(): void {
    this.#seq++;
  }

  /** Sends the next missed update; a conflated subscription gets one that stands for all. */
  sendNext(to: CatchUpReceiver): boolean {
    const { window } = this.feed;
    if (this.classMs !== 0) return this.sendNewest(to);
    if (this.#epoch !== window.epoch) return this.sendReset(to, this.#lossReason());
    const seq = this.#seq + 1;
    const tick = window.follows(this.#seq) ? window.at(seq) : undefined;
    // The log began anew, or memory let go of it meanwhile.
    if (tick === undefined) return this.sendReset(to, window.floor ?? 'slow_consumer');
    return to.sendUpdate(this, this.#marked(toPriceUpdate(tick, seq))) && this.#hold(seq);
  }

  /** Sends the newest price that may be shown, standing for everything that was missed. */
  sendNewest(to: CatchUpReceiver): boolean {
    const newest = this.#newest();
    if (newest === undefined || !this.#isUnbroken) return this.sendReset(to, this.#lossReason());
    const update = this.#isUnseen
      ? snapshotOfShown(newest)
      : this.#marked(toPriceUpdate(newest.tick, newest.seq, { from: this.#seq + 1 }));
    return to.sendUpdate(this, update) && this.#hold(newest.seq);
  }

  /** Tells that what was missed is lost, and sends the newest price that may be shown. */
  sendReset(to: CatchUpReceiver, reason: ResetReason): boolean {
    const newest = this.#newest();
    to.counts.resets[reason]++;
    if (!to.send(resetMessage(this.feed, reason, newest))) return false;
    if (newest !== undefined && !to.send(updateMessage(this.feed.symbol, snapshotOfShown(newest))))
      return false;
    return this.#hold(newest?.seq ?? this.feed.window.last);
  }

  #newest(): Shown | undefined {
    if (this.#lookUp !== undefined) return this.#lookUp();
    const { epoch, last, newest } = this.feed.window;
    return newest && { epoch, seq: last, tick: newest };
  }

  /** What the socket lacks is not known to be lost. */
  get #isUnbroken(): boolean {
    const { window } = this.feed;
    return this.#epoch === window.epoch && this.#seq >= window.unbrokenFrom - 1;
  }

  #lossReason(): ResetReason {
    if (this.#epoch === this.feed.window.epoch) return 'history_unavailable'; // the adapter gave some up
    return this.#missedReset ? 'slow_consumer' : 'epoch_changed';
  }

  /** An update that may repeat what the socket has says so. */
  #marked<Update extends object>(update: Update): Update {
    return this.#exact ? update : { ...update, snapshot: true };
  }

  #hold(seq: number): true {
    this.#epoch = this.feed.window.epoch;
    this.#seq = seq;
    this.#exact = true;
    this.#missedReset = false;
    this.#isUnseen = false;
    return true;
  }
}
