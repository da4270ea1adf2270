import type { LiveReceiver } from '#fanout/ports.ts';
import type { ResetReason } from '#protocol/messages.ts';
import { givesUp, receivedAtIn } from '#protocol/payload-fields.ts';
import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { encodeTick } from '#protocol/tick-payload.ts';
import { assertNever } from '#runtime/assert-never.ts';
import { type Arrived, arrivedOf, restartReasons } from './arrived.ts';
import type { DelayMinutes } from './delay-classes.ts';
import type { FeedDeps, FeedLimits } from './feed-deps.ts';
import { type FeedFollower, noFollowers } from './feed-follower.ts';
import { FeedReader } from './feed-reader.ts';
import { type HistoryRead, noRead } from './history-read.ts';
import { isClosed } from './patient-read.ts';
import { ReachAhead } from './reach-ahead.ts';
import { ReachBack } from './reach-back.ts';
import { ReplayHold } from './replay-hold.ts';
import { ReplayWindow } from './replay-window.ts';

/** Rounds of reading after which a hole is taken to be one in the history itself. */
const catchUpRoundsMax = 3;

/** The age of one update in so many is measured: a power of two. */
const latencySampling = 16;

/**
 * One symbol as this hub knows it: its newest ticks without a hole, and the groups that carry them to
 * sockets. Arrivals go straight to the log; when one does not join on, the feed reads what is missing
 * from the history first. Sockets never see the hole, only a `reset` when it can not be filled.
 */
export class SymbolFeed implements LiveReceiver {
  readonly symbol: StockSymbol;
  readonly window: ReplayWindow;
  /** The groups with members; replaced, not changed, by `delivery-groups.ts` (an array that grew keeps 136 bytes of room). */
  followers: readonly FeedFollower[] = noFollowers;
  /** Those of them that ask to be told of each tick. */
  asking: readonly FeedFollower[] = noFollowers;
  /** Subscriptions of every update, on a group or behind it; owned by `replays.ts`. */
  everyUpdate = 0;
  /** Sockets (and requests under way) that want the symbol; owned by `symbol-feeds.ts`. */
  references = 0;
  /** When the last reference went; for the linger of `symbol-feeds.ts`. */
  unusedSince = 0;

  readonly #deps: FeedDeps;
  readonly #limits: FeedLimits;
  /** While set, arrivals wait: the feed is being opened or is catching up. */
  #waiting: Arrived[] | undefined = [];
  /** What waits is not all that there is since the last read: one more read has to follow. */
  #missedMore = false;
  /** It had no update when it was subscribed, and nothing was missed since: number 0 is its very first. */
  #unbegun = false;
  /** It went on from a tick that the history did not show, so that real ones may look like duplicates. */
  #doubtful = false;
  readonly #reader: FeedReader;
  readonly #back: ReachBack;
  readonly #ahead = new ReachAhead(() => this.#lookAhead());
  readonly #held: ReplayHold;
  #closed = false;

  constructor(symbol: StockSymbol, deps: FeedDeps, limits: FeedLimits) {
    this.symbol = symbol;
    this.window = new ReplayWindow(symbol, deps.slabs);
    this.#deps = deps;
    this.#limits = limits;
    this.#held = new ReplayHold(limits);
    this.#reader = new FeedReader(symbol, deps, limits);
    this.#back = new ReachBack(this.window, (position) => this.#reader.before(position));
  }

  /** How late it is, for clients that are entitled to no more. */
  get delayedMinutes(): DelayMinutes {
    return this.#deps.delayedMinutes;
  }

  get live(): boolean {
    return this.#waiting === undefined;
  }

  /** The latest read of the history failed; it is tried again. */
  get failing(): boolean {
    return this.#reader.failing;
  }

  /**
   * Reads the newest ticks and goes live. The subscription must have been acknowledged before.
   * @throws FanoutError also when this symbol's history can not be read; the feed is then of no use
   */
  async open(entriesMax = this.#limits.feedEntriesMax): Promise<void> {
    this.window.prepend(await this.#reader.newest(entriesMax));
    this.#unbegun = this.window.position === undefined && !this.#missedMore;
    this.#applyWaiting(false);
    await this.#goLive();
  }

  /** One tick from the live feed. */
  accept(bytes: Uint8Array, start: number, end: number, epoch: number, seq: number): void {
    const { counts } = this.#deps;
    counts.updatesReceived++;
    if (this.#closed) return;
    if ((counts.updatesReceived & (latencySampling - 1)) === 0)
      this.#deps.observeLatency(this.#deps.now() - receivedAtIn(bytes, start));
    if (this.#waiting === undefined) {
      if (this.#apply(bytes, start, end, epoch, seq)) return;
      counts.catchUps.hole++;
      this.#catchUp([{ payload: bytes.slice(start, end), epoch, seq }]);
    } else if (this.#waiting.length < this.#limits.arrivalsMax) {
      this.#waiting.push({ payload: bytes.slice(start, end), epoch, seq });
    } else {
      this.#missedMore = true;
    }
  }

  /** The live feed was interrupted: something may have been missed. */
  interrupted(): void {
    this.#deps.counts.catchUps.interrupted++;
    this.#unbegun = false;
    if (this.live) this.#catchUp([]);
    else this.#missedMore = true; // the read under way may have been answered before
  }

  /** Reads what the window lacks for somebody who holds everything up to `since`, and keeps it for a while. */
  async reach(since: Position): Promise<HistoryRead> {
    const { window } = this;
    if (window.isBehind(since)) await this.#ahead.until(() => window.isBehind(since));
    if (since.epoch !== window.epoch || window.isBehind(since)) return noRead;
    this.#hold(Number.POSITIVE_INFINITY);
    return this.#back.to(since.seq + 1);
  }

  /** A resume has yet to get some of the ticks in memory: they stay for another `replayHoldMs`. */
  keep(): void {
    this.#hold(this.#limits.replayHoldMaxMs);
  }

  /** Lets go of old ticks; `now` of `elapsedMs`. False while it has to hold on to more than the newest. */
  trim(now: number): boolean {
    if (this.#held.holds(now) || this.#back.underWay) return false;
    const { feedEntriesMax } = this.#limits;
    const { window, followers: groups } = this;
    let keepFrom = window.last - feedEntriesMax + 1;
    for (const group of groups) keepFrom = Math.min(keepFrom, group.needs);
    if (keepFrom > window.first) {
      for (const group of groups) group.beforeDrop(keepFrom);
      window.dropBefore(keepFrom, feedEntriesMax);
    }
    return window.size <= feedEntriesMax;
  }

  /** The feed is of no more use. What is under way may still end, but nobody will want it. */
  close(): void {
    this.#closed = true;
    this.window.release();
  }

  #hold(longestMs: number): void {
    this.#deps.outgrown(this);
    this.#held.extend(this.#deps.elapsedMs(), longestMs);
  }

  /** False when the history has to be asked first: ticks before this one are missing, or its epoch is over. */
  #apply(bytes: Uint8Array, start: number, end: number, epoch: number, seq: number): boolean {
    const arrival = this.window.judge(bytes, start, epoch, seq);
    switch (arrival) {
      case 'next':
        if (this.window.full) this.#makeRoom();
        this.window.append(bytes, start);
        this.#deps.counts.expected += this.everyUpdate;
        for (const group of this.asking) group.touch();
        return true;
      case 'duplicate':
        this.#deps.counts.duplicates++;
        return !this.#doubtful || seq >= this.window.first;
      case 'hole':
      case 'old_epoch':
        return false;
      case 'new_epoch':
      case 'gave_up': {
        const begins = this.#unbegun && seq === 0 && !givesUp(bytes, start);
        const arrived = { payload: bytes.slice(start, end), epoch, seq };
        this.#restart(arrived, begins ? 'begins' : restartReasons[arrival]);
        return true;
      }
      default:
        return assertNever(arrival);
    }
  }

  #applyOne({ payload, epoch, seq }: Arrived): boolean {
    return this.#apply(payload, 0, payload.length, epoch, seq);
  }

  /** Old ticks go before the log takes more memory. */
  #makeRoom(): void {
    if (this.window.size <= this.#limits.feedEntriesMax) return;
    if (!this.trim(this.#deps.elapsedMs())) this.#deps.outgrown(this);
  }

  /** @param why `begins`: it is the symbol's very first update, and nothing is lost */
  #restart({ payload, epoch, seq }: Arrived, why: ResetReason | 'begins'): void {
    this.#unbegun = false;
    this.#doubtful = false;
    for (const group of this.followers) group.beforeRestart();
    this.window.restart(epoch, seq, why === 'begins' ? 'epoch_changed' : why);
    this.window.append(payload, 0);
    this.#deps.counts.expected += this.everyUpdate;
    for (const group of this.followers)
      if (why === 'begins') group.begin();
      else group.restart(why);
  }

  #catchUp(arrivals: Arrived[]): void {
    this.#waiting = arrivals;
    this.#goLive().catch((error: unknown) => {
      if (!isClosed(error)) throw error; // closed: the hub is going down, the feed stays as it is
    });
  }

  /** Reads from the history what the arrivals do not join on to, until nothing waits; goes on without where it must. */
  async #goLive(): Promise<void> {
    for (let round = 0; this.#waiting !== undefined; round++) {
      const readable = await this.#readAfter();
      await this.#settle();
      if (!readable && this.#waiting.length === 0) this.#restartHere();
      this.#applyWaiting(!readable || round >= catchUpRoundsMax);
    }
  }

  /** Something may have been missed, and nobody can say: the holders are told. */
  #restartHere(): void {
    const { newest, position } = this.window;
    if (newest && position)
      this.#restart({ payload: encodeTick({ ...newest, source: '' }), ...position }, 'history_unavailable');
  }

  /**
   * What waits of an epoch before the one held is late, and dropped, unless the history says so, too: after a loss of
   * everything with a clock set back, epochs begin lower. And where the log went on from a tick that is ahead of the
   * history even now, that one was nobody's.
   */
  async #settle(): Promise<void> {
    const isOver = ({ epoch }: Arrived): boolean => epoch < this.window.epoch;
    if (this.#waiting?.some(isOver) !== true && !this.#doubtful) return;
    const [newest] = (await this.#reader.newestOne()) ?? [];
    const { epoch = -1, seq = -1 } = newest?.position ?? {};
    if (newest !== undefined && epoch < this.window.epoch) this.#restart(arrivedOf(newest), 'epoch_changed');
    else if (newest !== undefined && this.#doubtful && epoch === this.window.epoch && seq < this.window.last)
      this.#restart(arrivedOf(newest), 'history_unavailable');
    this.#doubtful = false;
    this.#waiting = this.#waiting?.filter((arrived) => !isOver(arrived));
  }

  #applyWaiting(force: boolean): void {
    const waiting = this.#waiting ?? [];
    let applied = 0;
    let forced = false;
    for (const arrived of waiting) {
      if (!this.#applyOne(arrived)) {
        if (!force) break;
        this.#restart(arrived, 'history_unavailable');
        forced = true;
      }
      applied++;
    }
    const rest = waiting.slice(applied);
    this.#waiting = rest.length === 0 && !this.#missedMore ? undefined : rest;
    this.#missedMore = false;
    this.#doubtful ||= forced;
  }

  /** Applies everything that the history has after the newest tick held; false when it can not be read. */
  async #readAfter(): Promise<boolean> {
    for (;;) {
      const held = this.window.position;
      if (held === undefined) return this.#readFirst();
      const page = await this.#reader.after(held);
      if (page === undefined) return false;
      for (const arrived of page.map(arrivedOf))
        if (!this.#applyOne(arrived)) this.#restart(arrived, 'history_trimmed');
      if (page.length < this.#reader.pageEntriesMax) return true;
    }
  }

  /** Nothing was held: what the history has by now began unseen. */
  async #readFirst(): Promise<boolean> {
    const page = await this.#reader.newestOne();
    const [newest] = page ?? [];
    if (newest !== undefined && this.window.position === undefined)
      this.#restart(arrivedOf(newest), 'epoch_changed');
    return page !== undefined;
  }

  async #lookAhead(): Promise<void> {
    const held = this.window.position;
    const page = held && (await this.#reader.after(held));
    for (const arrived of page?.map(arrivedOf) ?? []) if (!this.live || !this.#applyOne(arrived)) return;
  }
}
