import type { HistoryEntry, LiveReceiver } from '#fanout/ports.ts';
import type { ResetReason } from '#protocol/messages.ts';
import { receivedAtIn } from '#protocol/payload-fields.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { assertNever } from '#runtime/assert-never.ts';
import { type Arrived, arrivedOf, restartReasons } from './arrived.ts';
import type { DelayMinutes } from './delay/delay-classes.ts';
import { addRead, type HistoryRead, nothingRead } from './history-read.ts';
import { type Lane, noLanes } from './lane.ts';
import { isClosed, readPatiently } from './patient-read.ts';
import { ReplayHold } from './replay-hold.ts';
import type { TailDeps, TailLimits } from './tail-deps.ts';
import { TailLog } from './tail-log.ts';

/** Rounds of reading after which a hole is taken to be one in the history itself. */
const catchUpRoundsMax = 3;

/** The age of one update in so many is measured: a power of two. */
const latencySampling = 16;

/**
 * One symbol as this hub knows it: its newest ticks without a hole, and the lanes that carry them to
 * sockets. Arrivals go straight to the log; when one does not join on, the tail reads what is missing
 * from the history first. Sockets never see the hole, only a `reset` when it can not be filled.
 */
export class SymbolTail implements LiveReceiver {
  readonly symbol: StockSymbol;
  readonly log: TailLog;
  /** The lanes with members; replaced, not changed, by `lanes.ts` (an array that grew keeps 136 bytes of room). */
  lanes: readonly Lane[] = noLanes;
  /** Those of them that ask to be told of each tick. */
  asking: readonly Lane[] = noLanes;
  /** Subscriptions of every update, on a lane or behind it; owned by `replays.ts`. */
  everyUpdate = 0;
  /** Sockets (and requests under way) that want the symbol; owned by `tails.ts`. */
  references = 0;
  /** When the last reference went; for the linger of `tails.ts`. */
  unusedSince = 0;

  readonly #deps: TailDeps;
  readonly #limits: TailLimits;
  /** While set, arrivals wait: the tail is being opened or is catching up. */
  #waiting: Arrived[] | undefined = [];
  /** What waits is not all that there is since the last read: one more read has to follow. */
  #missedMore = false;
  #failing = false;
  #lookingAhead: Promise<void> | undefined;
  #reaching: Promise<HistoryRead> | undefined;
  #reachTo = Number.POSITIVE_INFINITY;
  readonly #held: ReplayHold;
  #closed = false;

  constructor(symbol: StockSymbol, deps: TailDeps, limits: TailLimits) {
    this.symbol = symbol;
    this.log = new TailLog(symbol, deps.slabs);
    this.#deps = deps;
    this.#limits = limits;
    this.#held = new ReplayHold(limits);
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
    return this.#failing;
  }

  /**
   * Reads the newest ticks and goes live. The subscription must have been acknowledged before.
   * @throws FanoutError
   */
  async open(entriesMax = this.#limits.tailEntriesMax): Promise<void> {
    this.log.prepend(await this.#retried(() => this.#deps.history.newest(this.symbol, entriesMax)));
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
    if (this.live) this.#catchUp([]);
    else this.#missedMore = true; // the read under way may have been answered before
  }

  /**
   * Makes the log reach back to `seq` of its epoch, by reading the history once for all who ask.
   * Afterwards `log.first <= seq`, or `log.floor` says why not. Returns what was read.
   */
  async reachBack(seq: number): Promise<HistoryRead> {
    this.#hold(Number.POSITIVE_INFINITY);
    this.#reachTo = Math.min(this.#reachTo, seq);
    this.#reaching ??= this.#readBack().finally(() => {
      this.#reaching = undefined;
      this.#reachTo = Number.POSITIVE_INFINITY;
    });
    const read = { ...(await this.#reaching) };
    if (this.log.first > seq && this.log.floor === undefined) addRead(read, await this.reachBack(seq));
    return read;
  }

  /**
   * Reads what came after the newest tick, for somebody who has more than the log: another hub may have sent
   * what is still on its way to this one. Live ticks do not wait for it.
   */
  async reachAhead(isAhead: () => boolean): Promise<void> {
    await this.#lookingAhead; // it may have been answered before what is looked for was published
    if (!isAhead()) return;
    this.#lookingAhead ??= this.#lookAhead().finally(() => {
      this.#lookingAhead = undefined;
    });
    await this.#lookingAhead;
  }

  /** A resume has yet to get some of the ticks in memory: they stay for another `replayHoldMs`. */
  keep(): void {
    this.#hold(this.#limits.replayHoldMaxMs);
  }

  /** Lets go of old ticks; `now` of `elapsedMs`. False while it has to hold on to more than the newest. */
  trim(now: number): boolean {
    if (this.#held.holds(now) || this.#reaching !== undefined) return false;
    const { tailEntriesMax } = this.#limits;
    const { log, lanes } = this;
    let keepFrom = log.last - tailEntriesMax + 1;
    for (const lane of lanes) keepFrom = Math.min(keepFrom, lane.needs);
    if (keepFrom > log.first) {
      for (const lane of lanes) lane.beforeDrop(keepFrom);
      log.dropBefore(keepFrom, tailEntriesMax);
    }
    return log.size <= tailEntriesMax;
  }

  /** The tail is of no more use. What is under way may still end, but nobody will want it. */
  close(): void {
    this.#closed = true;
    this.log.release();
  }

  #hold(longestMs: number): void {
    this.#deps.outgrown(this);
    this.#held.extend(this.#deps.elapsedMs(), longestMs);
  }

  /** False when the history has to be asked first: ticks before this one are missing, or its epoch is over. */
  #apply(bytes: Uint8Array, start: number, end: number, epoch: number, seq: number): boolean {
    const arrival = this.log.judge(bytes, start, epoch, seq);
    switch (arrival) {
      case 'next':
        if (this.log.full) this.#makeRoom();
        this.log.append(bytes, start);
        this.#deps.counts.expected += this.everyUpdate;
        for (const lane of this.asking) lane.touch();
        return true;
      case 'duplicate':
        this.#deps.counts.duplicates++;
        return true;
      case 'hole':
      case 'old_epoch':
        return false;
      case 'new_epoch':
      case 'gave_up':
        this.#restart({ payload: bytes.slice(start, end), epoch, seq }, restartReasons[arrival]);
        return true;
      default:
        return assertNever(arrival);
    }
  }

  #applyOne({ payload, epoch, seq }: Arrived): boolean {
    return this.#apply(payload, 0, payload.length, epoch, seq);
  }

  /** Old ticks go before the log takes more memory. */
  #makeRoom(): void {
    if (this.log.size <= this.#limits.tailEntriesMax) return;
    if (!this.trim(this.#deps.elapsedMs())) this.#deps.outgrown(this);
  }

  #restart({ payload, epoch, seq }: Arrived, reason: ResetReason): void {
    for (const lane of this.lanes) lane.beforeRestart();
    this.log.restart(epoch, seq, reason);
    this.log.append(payload, 0);
    this.#deps.counts.expected += this.everyUpdate;
    for (const lane of this.lanes) lane.restart(reason);
  }

  #catchUp(arrivals: Arrived[]): void {
    this.#waiting = arrivals;
    this.#goLive().catch((error: unknown) => {
      if (!isClosed(error)) throw error; // closed: the hub is going down, the tail stays as it is
    });
  }

  /** Reads from the history what the arrivals do not join on to, until nothing waits. */
  async #goLive(): Promise<void> {
    for (let round = 0; this.#waiting !== undefined; round++) {
      await this.#readAfter();
      await this.#settleEpoch();
      this.#applyWaiting(round >= catchUpRoundsMax);
    }
  }

  /**
   * What waits of an epoch before the one held is late, and dropped, unless the history says so, too: after a loss of
   * everything with a clock set back, epochs begin lower.
   */
  async #settleEpoch(): Promise<void> {
    const isOver = ({ epoch }: Arrived): boolean => epoch < this.log.epoch;
    if (this.#waiting?.some(isOver) !== true) return;
    const [newest] = await this.#retried(() => this.#deps.history.newest(this.symbol, 1));
    if (newest !== undefined && newest.position.epoch < this.log.epoch)
      this.#restart(arrivedOf(newest), 'epoch_changed');
    this.#waiting = this.#waiting.filter((arrived) => !isOver(arrived));
  }

  #applyWaiting(force: boolean): void {
    const waiting = this.#waiting ?? [];
    let applied = 0;
    for (const arrived of waiting) {
      if (!this.#applyOne(arrived)) {
        if (!force) break;
        this.#restart(arrived, 'history_unavailable');
      }
      applied++;
    }
    const rest = waiting.slice(applied);
    this.#waiting = rest.length === 0 && !this.#missedMore ? undefined : rest;
    this.#missedMore = false;
  }

  /** Applies everything that the history has after the newest tick held. */
  async #readAfter(): Promise<void> {
    for (;;) {
      const held = this.log.position;
      if (held === undefined) return;
      const page = await this.#retried(() =>
        this.#deps.history.after(this.symbol, held, this.#limits.pageEntriesMax),
      );
      for (const arrived of page.map(arrivedOf))
        if (!this.#applyOne(arrived)) this.#restart(arrived, 'history_trimmed');
      if (page.length < this.#limits.pageEntriesMax) return;
    }
  }

  async #lookAhead(): Promise<void> {
    const held = this.log.position;
    if (held === undefined) return;
    const { pageEntriesMax } = this.#limits;
    const page = await this.#retried(() => this.#deps.history.after(this.symbol, held, pageEntriesMax));
    for (const arrived of page.map(arrivedOf)) if (!this.live || !this.#applyOne(arrived)) return;
  }

  async #readBack(): Promise<HistoryRead> {
    const read = nothingRead();
    while (this.log.first > this.#reachTo && this.log.floor === undefined) {
      const { epoch, first } = this.log;
      const page = await this.#retried(() =>
        this.#deps.history.before(this.symbol, { epoch, seq: first }, this.#limits.pageEntriesMax),
      );
      addRead(read, { pages: 1, entries: page.length });
      if (this.log.epoch !== epoch || this.log.first !== first) continue; // began again meanwhile
      if (page.length === 0) this.log.endsHere();
      else this.log.prepend(page);
    }
    return read;
  }

  /** The tail can not go on without its history. */
  #retried(read: () => Promise<readonly HistoryEntry[]>): Promise<readonly HistoryEntry[]> {
    return readPatiently(read, this.symbol, this.#deps, (failing) => {
      this.#failing = failing;
    });
  }
}
