import { FanoutError, type History, type HistoryEntry, type LiveReceiver } from '#fanout/ports.ts';
import type { HubCounts } from '#hub/counts.ts';
import { Backoff } from '#protocol/pacing/backoff.ts';
import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { encodeTick } from '#protocol/tick-payload.ts';
import type { DelayGate } from './delay-gate.ts';

/** How much is read ahead, and how soon a failed read is repeated. */
export interface DelayedReaderLimits {
  /** Entries of a symbol and delay that are in memory until they are old enough: those of one read. */
  readonly delayedEntriesMax: number;
  /** Before the history is read again when that failed; twice as long after each failure, up to a minute. */
  readonly delayedRetryMs: number;
}

/** The history, and the gate that says which of it is old enough. */
export interface DelayedReaderDeps {
  readonly history: Pick<History, 'after'>;
  readonly gate: DelayGate;
  readonly counts: HubCounts;
  /** Milliseconds since some time in the past; never goes back. */
  readonly elapsedMs: () => number;
  /** What is delayed is looked for again after half of it: nothing that comes meanwhile is old enough before. */
  readonly delayMs: number;
}

/**
 * Brings the entries of one symbol to its receiver when they are old enough. It reads along the history a page at
 * a time and waits for the page's entries to come of age, so there is one read for a page however often it is
 * looked at; and what it has read is shown even where the history has let go of it by then.
 */
export class DelayedReader {
  readonly #symbol: StockSymbol;
  readonly #receiver: LiveReceiver;
  readonly #deps: DelayedReaderDeps;
  readonly #limits: DelayedReaderLimits;
  /** Read last, oldest first; those before `#released` were given to the receiver. */
  #page: readonly HistoryEntry[] = [];
  #released = 0;
  /** Those that were given, marked as delayed. */
  #given: HistoryEntry[] = [];
  /** Of the newest entry read; undefined until it is said where to begin. */
  #position: Position | undefined;
  /** When there may be something to do; of `elapsedMs`, infinite before the beginning and while it is at work. */
  #dueAt = Number.POSITIVE_INFINITY;
  #closed = false;
  /** Of reads that failed since the last that did not; most readers never need one. */
  #backoff: Backoff | undefined;

  constructor(
    symbol: StockSymbol,
    receiver: LiveReceiver,
    deps: DelayedReaderDeps,
    limits: DelayedReaderLimits,
  ) {
    this.#symbol = symbol;
    this.#receiver = receiver;
    this.#deps = deps;
    this.#limits = limits;
  }

  /** The receiver has everything up to `position`. Only the first call counts. */
  begin(position: Position): void {
    if (this.#position !== undefined) return;
    this.#position = position;
    this.#dueAt = Number.NEGATIVE_INFINITY;
  }

  /** Nobody wants the symbol any more. */
  close(): void {
    this.#closed = true;
  }

  /** To be called often; nothing is done before it is time. */
  look(): void {
    const { counts, elapsedMs } = this.#deps;
    if (this.#dueAt > elapsedMs()) return;
    this.#dueAt = Number.POSITIVE_INFINITY;
    this.#goOn().then(
      (waitMs) => {
        this.#dueAt = elapsedMs() + waitMs;
      },
      (error: unknown) => {
        if (!(error instanceof FanoutError)) throw error;
        counts.historyFailures++;
        this.#backoff ??= this.#newBackoff();
        this.#dueAt = elapsedMs() + this.#backoff.next();
      },
    );
  }

  /** What was given to the receiver of the page read last, after `position`. */
  releasedAfter({ epoch, seq }: Position): readonly HistoryEntry[] {
    return this.#given.filter(({ position: at }) => at.epoch > epoch || (at.epoch === epoch && at.seq > seq));
  }

  /** Gives the receiver what is old enough, page by page; returns in how many ms to go on. */
  async #goOn(): Promise<number> {
    const { gate, elapsedMs, delayMs } = this.#deps;
    for (;;) {
      this.#release();
      const next = this.#page[this.#released];
      if (next !== undefined) return Math.min(gate.waitMs(next), delayMs / 2); // a clock may be set meanwhile
      const readAt = elapsedMs();
      if (!(await this.#read())) return readAt + delayMs / 2 - elapsedMs();
    }
  }

  #release(): void {
    for (const entry of this.#deps.gate.admit(this.#page.slice(this.#released))) {
      const { tick, position } = entry;
      this.#released++; // first: the receiver may ask for what was released
      this.#given.push(entry);
      const payload = encodeTick(tick);
      this.#receiver.accept(payload, 0, payload.length, position.epoch, position.seq);
    }
  }

  #newBackoff(): Backoff {
    const limits = { firstMs: this.#limits.delayedRetryMs, maxMs: longestRetryMs, jitter: 0 };
    return new Backoff(limits, { clock: { monotonic: this.#deps.elapsedMs }, random: Math.random });
  }

  /** False when there is nothing more. */
  async #read(): Promise<boolean> {
    const { history, counts } = this.#deps;
    if (this.#position === undefined || this.#closed) return false;
    counts.historyReads++;
    const page = await history.after(this.#symbol, this.#position, this.#limits.delayedEntriesMax);
    this.#backoff = undefined;
    const newest = page.at(-1);
    if (newest === undefined) return false;
    counts.historyEntries += page.length;
    const [oldest] = page;
    if (oldest !== undefined && isHole(this.#position, oldest.position)) counts.delayedHistoryShort++;
    this.#page = page;
    this.#released = 0;
    this.#given = [];
    this.#position = newest.position;
    return true;
  }
}

const longestRetryMs = 60_000;

/** Entries between the two are gone. Of an epoch that ended unseen nobody knows how much there was. */
function isHole(before: Position, after: Position): boolean {
  return after.seq > (before.epoch === after.epoch ? before.seq + 1 : 0);
}
