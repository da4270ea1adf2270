import type { History, HistoryEntry } from '#fanout/ports.ts';
import { FanoutError } from '#fanout/ports.ts';
import type { ResetReason } from '#protocol/messages.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';
import { assertNever } from '#runtime/assert-never.ts';
import type { HubCounts } from './counts.ts';
import type { Lane } from './lane.ts';
import { TailLog } from './tail-log.ts';

export interface TailLimits {
  /** Ticks of a symbol that stay in memory. */
  readonly tailEntriesMax: number;
  /** Ticks that one read of the history brings. */
  readonly pageEntriesMax: number;
  /** Ticks that may wait while the tail reads the history; above it they are read from there too. */
  readonly arrivalsMax: number;
  /** How long ticks that were read back for a resume stay in memory for the next one. */
  readonly replayHoldMs: number;
  /** How long they stay at most while resumes that wait for them are under way. */
  readonly replayHoldMaxMs: number;
}

/** The replay buffer, as tails read it. */
export interface TailHistory extends Pick<History, 'after' | 'before'> {
  /** The newest entries there are, newest first. @throws FanoutError */
  newest(symbol: StockSymbol, entriesMax: number): Promise<readonly HistoryEntry[]>;
}

export interface TailDeps {
  readonly history: TailHistory;
  readonly counts: HubCounts;
  readonly now: () => number;
}

interface Waiting {
  readonly tick: Tick;
  readonly epoch: number;
  readonly seq: number;
}

/** Rounds of reading after which a hole is taken to be one in the history itself. */
const catchUpRoundsMax = 3;

/**
 * One symbol as this hub knows it: its newest ticks without a hole, and the lanes that carry them to
 * sockets. Arrivals go straight to the log; when one does not join on, the tail reads what is missing
 * from the history first. Sockets never see the hole, only a `reset` when it can not be filled.
 */
export class SymbolTail {
  readonly symbol: StockSymbol;
  readonly log = new TailLog();
  /** The lanes with members; replaced, not changed, by `lanes.ts` (an array that grew keeps 136 bytes of room). */
  lanes: readonly Lane[] = [];
  /** Sockets (and requests under way) that want the symbol; owned by `tails.ts`. */
  references = 0;
  /** When the last reference went; for the linger of `tails.ts`. */
  unusedSince = 0;

  readonly #deps: TailDeps;
  readonly #limits: TailLimits;
  /** While set, arrivals wait: the tail is being opened or is catching up. */
  #waiting: Waiting[] | undefined = [];
  /** What waits is not all that there is since the last read: one more read has to follow. */
  #missedMore = false;
  #failing = false;
  #lookingAhead: Promise<void> | undefined;
  #reaching: Promise<void> | undefined;
  #reachTo = Number.POSITIVE_INFINITY;
  #holdUntil = 0;
  #heldSince = 0;

  constructor(symbol: StockSymbol, deps: TailDeps, limits: TailLimits) {
    this.symbol = symbol;
    this.#deps = deps;
    this.#limits = limits;
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
    const { history } = this.#deps;
    this.log.prepend(await this.#retried(() => history.newest(this.symbol, entriesMax)));
    this.#applyWaiting(false);
    await this.#goLive();
  }

  /** One tick from the live feed. */
  accept(tick: Tick, epoch: number, seq: number): void {
    if (this.#waiting !== undefined) {
      if (this.#waiting.length < this.#limits.arrivalsMax) this.#waiting.push({ tick, epoch, seq });
      else this.#missedMore = true;
      return;
    }
    if (!this.#apply(tick, epoch, seq)) this.#catchUp('hole', [{ tick, epoch, seq }]);
  }

  /** The live feed was interrupted: something may have been missed. */
  interrupted(): void {
    if (this.live) {
      this.#catchUp('interrupted', []);
      return;
    }
    this.#deps.counts.catchUps.interrupted++;
    this.#missedMore = true; // the read under way may have been answered before
  }

  /**
   * Makes the log reach back to `seq` of its epoch, by reading the history once for all who ask.
   * Afterwards `log.first <= seq`, or `log.floor` says why not.
   */
  async reachBack(seq: number): Promise<void> {
    this.#hold(Number.POSITIVE_INFINITY);
    this.#reachTo = Math.min(this.#reachTo, seq);
    this.#reaching ??= this.#readBack().finally(() => {
      this.#reaching = undefined;
      this.#reachTo = Number.POSITIVE_INFINITY;
    });
    await this.#reaching;
    if (this.log.first > seq && this.log.floor === undefined) await this.reachBack(seq);
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

  /** Lets go of old ticks; `now` in Unix ms. */
  trim(now: number): void {
    // First what is true of nearly all: a sweep of 50,000 tails took 20 ms with a look at the lanes of each.
    if (this.log.size <= this.#limits.tailEntriesMax) return;
    if (now < this.#holdUntil || this.#reaching !== undefined) return;
    let needed = Number.POSITIVE_INFINITY;
    for (const lane of this.lanes) needed = Math.min(needed, lane.needs);
    this.log.trim(this.#limits.tailEntriesMax, needed);
  }

  /** @param longestMs from the beginning of the hold */
  #hold(longestMs: number): void {
    const now = this.#deps.now();
    if (now >= this.#holdUntil) this.#heldSince = now;
    const until = Math.min(now + this.#limits.replayHoldMs, this.#heldSince + longestMs);
    this.#holdUntil = Math.max(this.#holdUntil, until);
  }

  /** False when ticks before this one are missing. */
  #apply(tick: Tick, epoch: number, seq: number): boolean {
    const arrival = this.log.judge(tick, epoch, seq);
    switch (arrival) {
      case 'next':
        this.log.append(tick);
        for (const lane of this.lanes) lane.touch(tick);
        if (this.log.size > 2 * this.#limits.tailEntriesMax) this.trim(this.#deps.now());
        return true;
      case 'duplicate':
        this.#deps.counts.duplicates++;
        return true;
      case 'hole':
        return false;
      case 'new_epoch':
        this.#restart(tick, epoch, seq, 'epoch_changed');
        return true;
      case 'gave_up':
        this.#restart(tick, epoch, seq, 'history_unavailable');
        return true;
      default:
        return assertNever(arrival);
    }
  }

  #restart(tick: Tick, epoch: number, seq: number, reason: ResetReason): void {
    for (const lane of this.lanes) lane.beforeRestart();
    this.log.restart(tick, epoch, seq, reason);
    for (const lane of this.lanes) lane.restart(reason);
  }

  #catchUp(reason: 'hole' | 'interrupted', arrivals: Waiting[]): void {
    this.#waiting = arrivals;
    this.#deps.counts.catchUps[reason]++;
    this.#goLive().catch((error: unknown) => {
      if (!isClosed(error)) throw error; // closed: the hub is going down, the tail stays as it is
    });
  }

  /** Reads from the history what the arrivals do not join on to, until nothing waits. */
  async #goLive(): Promise<void> {
    for (let round = 0; this.#waiting !== undefined; round++) {
      await this.#readAfter();
      this.#applyWaiting(round >= catchUpRoundsMax);
    }
  }

  #applyWaiting(force: boolean): void {
    const waiting = this.#waiting ?? [];
    let applied = 0;
    for (const { tick, epoch, seq } of waiting) {
      if (!this.#apply(tick, epoch, seq)) {
        if (!force) break;
        this.#restart(tick, epoch, seq, 'history_unavailable');
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
      for (const { tick, position } of page)
        if (!this.#apply(tick, position.epoch, position.seq))
          this.#restart(tick, position.epoch, position.seq, 'history_trimmed');
      if (page.length < this.#limits.pageEntriesMax) return;
    }
  }

  async #lookAhead(): Promise<void> {
    const held = this.log.position;
    if (held === undefined) return;
    const { pageEntriesMax } = this.#limits;
    const page = await this.#retried(() => this.#deps.history.after(this.symbol, held, pageEntriesMax));
    for (const { tick, position } of page)
      if (!this.live || !this.#apply(tick, position.epoch, position.seq)) return;
  }

  async #readBack(): Promise<void> {
    while (this.log.first > this.#reachTo && this.log.floor === undefined) {
      const { epoch, first } = this.log;
      const page = await this.#retried(() =>
        this.#deps.history.before(this.symbol, { epoch, seq: first }, this.#limits.pageEntriesMax),
      );
      if (this.log.epoch !== epoch || this.log.first !== first) continue; // began again meanwhile
      if (page.length === 0) this.log.endsHere();
      else this.log.prepend(page);
    }
  }

  /** The tail can not go on without its history: it keeps asking while the fanout is away. */
  async #retried(read: () => Promise<readonly HistoryEntry[]>): Promise<readonly HistoryEntry[]> {
    for (let attempt = 0; ; attempt++) {
      try {
        this.#deps.counts.historyReads++;
        const entries = await read();
        this.#failing = false;
        this.#deps.counts.historyEntries += entries.length;
        return entries;
      } catch (error) {
        if (!(error instanceof FanoutError) || isClosed(error)) throw error;
        this.#failing = true;
        this.#deps.counts.historyFailures++;
        await new Promise((resume) => setTimeout(resume, Math.min(100 * 2 ** attempt, 2000)));
      }
    }
  }
}

function isClosed(error: unknown): boolean {
  return error instanceof FanoutError && error.code === 'closed';
}
