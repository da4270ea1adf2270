import type { HubCounts } from '#hub/counts.ts';
import type { FeedFollower } from '#hub/symbols/feed-follower.ts';
import type { SymbolFeed } from '#hub/symbols/symbol-feed.ts';
import type { Frame } from '#protocol/codec.ts';
import type { FrequencyClassMs } from '#protocol/frequency.ts';
import type { HubMessage, ResetReason } from '#protocol/messages.ts';
import { type Conflation, toPriceUpdate } from '#protocol/price-update.ts';
import type { ToldTick } from '#protocol/tick.ts';
import type { FlushQueue, QueuedGroup } from './flush-queue.ts';
import type { GroupMember } from './group-member.ts';
import { type GroupKey, GroupMembers, type Publish } from './group-members.ts';
import { type Held, type Joining, nothingHeld } from './held.ts';
import { begunMessage, resetMessage, snapshotOf, updateMessage } from './updates.ts';

/** What a group needs of the hub. */
export interface DeliveryGroupDeps {
  readonly publish: Publish;
  readonly queue: FlushQueue;
  readonly counts: HubCounts;
}

/**
 * From this class on a group is looked at whenever its phase comes round, instead of asking for it at a tick: nearly
 * all have something by then, and a tick that finds 1.9 groups in cold memory spent 3 of its 5 µs on that.
 */
const attendedFromMs = 5000;

const noPrices = { high: Number.NEGATIVE_INFINITY, low: Number.POSITIVE_INFINITY };
/** Before every sequence number, and one more: nothing can be continued from there. */
const nowhere = -2;

/**
 * The way of one symbol to the sockets of one frequency class and phase: where they are many a frame is
 * encoded once per wire format and published to a topic, where they are few each is sent to (`coalesced-frames.ts`).
 * The sockets keep no state, what they hold is what the group has sent. A socket joins at the moment when
 * nothing that it has is pending, so it sees neither a gap nor a repeat.
 */
export class DeliveryGroup implements QueuedGroup, FeedFollower {
  readonly feed: SymbolFeed;
  readonly classMs: FrequencyClassMs;
  readonly phase: number;
  /** For users whose tokens allow no more than this class: nothing is told between the ends of their windows. */
  readonly isRestricted: boolean;
  due = false;
  readonly #deps: DeliveryGroupDeps;
  readonly #members: GroupMembers;
  /** Sockets that wait until the group has sent what they hold already. */
  #joining: Map<GroupMember, Joining> | undefined;
  /** Some of them hold less than the group has sent. */
  #owes = false;
  /** Messages published since the group began. */
  #published = 0;
  /** What a restart has to say before the group goes on: the updates before it, the reset, the snapshot. */
  #backlog: HubMessage[] | undefined;
  #queued = false;
  /** Everything up to this sequence number was published. */
  #sent: number;
  /** What `#sent` was when `#flushRound` began. */
  #sentBefore: number;
  #flushRound = -1;
  /** Highest and lowest price of unsent ticks that the feed has let go of; conflated groups only. */
  #dropped: { readonly high: number; readonly low: number } | undefined;

  constructor(feed: SymbolFeed, { classMs, phase, isRestricted }: GroupKey, deps: DeliveryGroupDeps) {
    this.feed = feed;
    this.classMs = classMs;
    this.phase = phase;
    this.isRestricted = isRestricted;
    this.#deps = deps;
    this.#sent = feed.window.last;
    this.#sentBefore = this.#sent;
    this.#members = new GroupMembers(this);
  }

  /** Ticks are to be told to it; it is looked at anyway where this is false. */
  get asks(): boolean {
    return this.classMs < attendedFromMs && !this.isRestricted;
  }

  get empty(): boolean {
    return this.#members.size + (this.#joining?.size ?? 0) === 0;
  }

  get direct(): readonly GroupMember[] | undefined {
    const hasNone = this.#owes && this.feed.window.last === this.#sent; // what is pending is for those who join
    return this.#backlog === undefined && !hasNone ? this.#members.direct : undefined;
  }

  /** The oldest sequence number that the group has yet to send one by one. */
  get needs(): number {
    return this.classMs === 0 ? this.#sent + 1 : Number.POSITIVE_INFINITY;
  }

  get pending(): number {
    if (this.empty) return 0; // all have left since it was queued: nobody keeps its ticks any more
    const unsent = this.feed.window.last - this.#sent;
    return (
      (this.#backlog?.length ?? 0) + (this.classMs === 0 ? unsent : Math.min(unsent + Number(this.#owes), 1))
    );
  }

  /**
   * A socket that holds everything up to the newest tick goes on from there with the group, once the group has
   * published what waits. False while a reset waits; it is then to be brought up again.
   * @param from what it holds; left out: everything
   */
  join(member: GroupMember, from?: Held): boolean {
    const { last } = this.feed.window;
    const { pending } = this;
    const { seq: held, isUnseen = false } = from ?? { seq: last };
    const holdsLess = held < last || isUnseen;
    if (pending === 0 && !holdsLess) {
      this.#members.add(member);
      return true;
    }
    if (this.#backlog !== undefined) return false;
    this.#joining ??= new Map<GroupMember, Joining>();
    this.#joining.set(member, { held, isUnseen, admitAt: this.#published + pending });
    if (holdsLess) this.#owes = true;
    return true;
  }

  /** The socket leaves; returns what it holds. */
  leave(member: GroupMember): Held {
    const { epoch } = this.feed.window;
    const joining = this.#joining?.get(member);
    if (joining !== undefined) {
      this.#joining?.delete(member);
      if (this.#backlog !== undefined) return nothingHeld;
      return { epoch, seq: joining.held, exact: true, ...(joining.isUnseen && { isUnseen: true }) };
    }
    this.#members.remove(member);
    if (this.#backlog !== undefined) return nothingHeld;
    if (this.#flushRound !== this.#deps.queue.flushRound) return { epoch, seq: this.#sent, exact: true };
    if (this.#sentBefore < this.feed.window.unbrokenFrom - 1) return nothingHeld;
    return { epoch, seq: this.#sentBefore, exact: false };
  }

  /** A tick was added to the feed's log. */
  touch(): void {
    if (this.#queued) return;
    this.#queued = true;
    this.#deps.queue.enqueue(this);
  }

  /** The log is about to let go of the ticks before `seq`: what a conflated update tells of them is kept. */
  beforeDrop(seq: number): void {
    if (this.classMs !== 0 && this.#sent < seq - 1) this.#dropped = this.#pricesUpTo(seq - 1);
  }

  dequeued(): void {
    this.#queued = false;
  }

  publishNext(): void {
    this.#beginPublishing();
    const message = this.#backlog?.shift();
    if (this.#backlog?.length === 0) this.#backlog = undefined;
    if (message === undefined) {
      this.#publishNextUpdate();
      this.#advance();
      return;
    }
    this.#publish(message);
    this.#published++;
    if (this.classMs === 0 && this.#joining !== undefined) this.#admitJoining(this.#published);
  }

  nextFor({ codec }: GroupMember): Frame {
    if (this.classMs === 0) return codec.encodeUpdate(this.#tickNumbered(this.#sent + 1), this.#sent + 1);
    const { last } = this.feed.window;
    return codec.encodeUpdate(this.#tickNumbered(last), last, this.#window());
  }

  sentNext(): void {
    this.#beginPublishing();
    this.#countDelivered();
    this.#advance();
  }

  /** The log is about to begin again: what it still has for the group is kept. */
  beforeRestart(): void {
    const kept = this.#backlog === undefined && this.classMs === 0 ? this.feed.window.last : this.#sent;
    if (this.#backlog !== undefined) this.#admitJoining(); // what they wait for is never sent, and the reset is theirs too
    this.#backlog = [];
    for (let seq = this.#sent + 1; seq <= kept; seq++)
      this.#backlog.push(updateMessage(this.feed.symbol, toPriceUpdate(this.#tickNumbered(seq), seq)));
  }

  /** The log began again: everyone is told, and gets the newest price. */
  restart(reason: ResetReason): void {
    this.#deps.counts.resets[reason]++;
    this.#renew(resetMessage(this.feed, reason));
  }

  /** The symbol has its very first update: everyone learns its position, and that nothing was before it. */
  begin(): void {
    this.#renew(begunMessage(this.feed, this.classMs));
  }

  #renew(told: HubMessage): void {
    if (this.classMs !== 0) this.#admitJoining(); // the others are there before it is published
    this.#owes = false;
    const snapshot = snapshotOf(this.feed.window);
    this.#backlog ??= [];
    this.#backlog.push(told);
    if (snapshot !== undefined) this.#backlog.push(updateMessage(this.feed.symbol, snapshot));
    this.#sent = this.feed.window.last;
    this.#dropped = undefined;
    if (!this.isRestricted) this.#deps.queue.enqueueNow(this);
  }

  #publishNextUpdate(): void {
    if (this.classMs !== 0 && this.feed.window.last === this.#sent) return; // only those who join lack something
    this.#countDelivered();
    const seq = this.classMs === 0 ? this.#sent + 1 : this.feed.window.last;
    const tick = this.#tickNumbered(seq);
    const window = this.classMs === 0 ? undefined : this.#window();
    this.#members.send((codec) => codec.encodeUpdate(tick, seq, window), this.#deps.publish);
  }

  /** The next update is published. */
  #advance(): void {
    this.#published++;
    if (this.classMs === 0) {
      this.#sent++;
      if (this.#joining !== undefined) this.#admitJoining(this.#published);
      return;
    }
    const { last } = this.feed.window;
    if (this.#joining !== undefined) this.#bringUpJoining(last);
    this.#owes = false;
    this.#sent = last;
    this.#dropped = undefined;
  }

  /** Those who joined in the middle of a window are told only of what they do not hold. */
  #bringUpJoining(last: number): void {
    const newest = this.#tickNumbered(last);
    for (const [member, { held, isUnseen }] of this.#joining ?? []) {
      if (isUnseen) member.sendUpdate(this, { ...toPriceUpdate(newest, last), snapshot: true });
      else if (last > held) member.sendUpdate(this, toPriceUpdate(newest, last, { from: held + 1 }));
    }
    this.#admitJoining();
  }

  /** What the update of a conflated group stands for; undefined when that is one tick, as it mostly is. */
  #window(): Conflation | undefined {
    const { last } = this.feed.window;
    if (last === this.#sent + 1) return undefined;
    return { from: this.#sent + 1, ...this.#pricesUpTo(last) };
  }

  /** Highest and lowest price of what is unsent. */
  #pricesUpTo(to: number): { readonly high: number; readonly low: number } {
    const { window } = this.feed;
    const from = Math.max(this.#sent + 1, window.first);
    const { high, low } = this.#dropped ?? noPrices;
    return { high: Math.max(high, window.highest(from, to)), low: Math.min(low, window.lowest(from, to)) };
  }

  #tickNumbered(seq: number): ToldTick {
    const tick = this.feed.window.at(seq);
    if (tick === undefined) throw new Error(`a delivery group of ${this.feed.symbol} lost tick ${seq}`); // a bug in trimming
    return tick;
  }

  /** Admits those for whom enough is published. */
  #admitJoining(published = Number.POSITIVE_INFINITY): void {
    for (const [member, { admitAt }] of this.#joining ?? []) {
      if (admitAt > published) continue;
      this.#joining?.delete(member);
      this.#members.add(member);
    }
    if (this.#joining?.size === 0) this.#joining = undefined;
  }

  #beginPublishing(): void {
    const { flushRound } = this.#deps.queue;
    if (this.#flushRound === flushRound) return;
    this.#flushRound = flushRound;
    // Whoever misses a reset must get one: nothing that it holds can be continued.
    this.#sentBefore = this.#backlog === undefined ? this.#sent : nowhere;
  }

  #publish(message: HubMessage): void {
    if (message.type === 'price_update') this.#countDelivered();
    this.#members.send((codec) => codec.encode(message), this.#deps.publish);
  }

  #countDelivered(): void {
    const { delivered } = this.#deps.counts;
    delivered.json[this.classMs] += this.#members.json;
    delivered.msgpack[this.classMs] += this.#members.msgpack;
  }
}
