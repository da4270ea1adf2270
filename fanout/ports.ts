import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Tick } from '#protocol/tick.ts';
import type { NodeRegistry, Tickets } from './node-ports.ts';

/**
 * What the rest of Tickwire needs of the thing that shares updates between processes. Two
 * implementations, in memory and Redis, pass one contract suite (`contract.ts`).
 * Every promise here settles within the implementation's command time-out.
 */
export interface Fanout {
  readonly publisher: Publisher;
  readonly live: LiveFeed;
  readonly history: History;
  readonly directory: Directory;
  readonly leases: Leases;
  readonly nodes: NodeRegistry;
  readonly tickets: Tickets;
  /** Whether commands can be expected to work now. */
  available(): boolean;
  /** Ends connections and timers; what is under way is rejected. */
  close(): Promise<void>;
}

// ── in ───────────────────────────────────────────────────────────────────────────────────────────

/** The way in: batches of ticks, published at most once each. */
export interface Publisher {
  /**
   * The group that `symbol` belongs to. Ticks of one batch are of one group; a batch is one atomic
   * step. Outside a cluster all symbols are one group, in a cluster each partition is one.
   */
  groupOf(symbol: StockSymbol): number;
  /**
   * Numbers the ticks, appends them to the replay buffer and sends them to subscribers, atomically
   * and in order. Publishing the same batch number again is safe: it is done at most once.
   * @throws FanoutError when it is not known to have happened: publish the very same batch again (only
   * `settled` may have grown).
   */
  publish(batch: Batch): Promise<PublishOutcome>;
  /**
   * What was published of a source so far, by whichever process: for one that goes on where another ended.
   * @param symbols those whose numbers are wanted
   * @throws FanoutError
   */
  lastPublished(source: string, symbols: readonly StockSymbol[]): Promise<LastPublished>;
}

/** Where the process that publishes a source next goes on. */
export interface LastPublished {
  /** Whether anything of the source was published, as far as the store remembers. */
  readonly any: boolean;
  /** Of each symbol the last of `Batch.venueNumbers`; symbols that never had one are left out. */
  readonly numbers: ReadonlyMap<StockSymbol, number>;
}

/** Ticks of one group that are published together, or not at all. */
export interface Batch {
  /** The source that the ticks come from; batch numbers and fencing tokens are per source. */
  readonly source: string;
  /** Fencing token of the lease under which the source publishes. */
  readonly token: number;
  /** 1, 2, 3 … per source, token and group. */
  readonly number: number;
  /**
   * The last batch that its publisher knows to have happened, with all before it; absent: the one before
   * this. A batch whose predecessor is still under way names an earlier one, and is refused as `early`
   * where that predecessor has not happened: so batches may follow each other without waiting.
   */
  readonly settled?: number;
  readonly ticks: readonly Tick[];
  /**
   * The venue's own number of the last of the ticks, for symbols whose ticks the venue numbers without a hole;
   * whole numbers from 0. Kept with the batch, in the same atomic step.
   */
  readonly venueNumbers?: ReadonlyMap<StockSymbol, number>;
}

/** What became of a batch. */
export type PublishOutcome =
  /** Done; position of each tick, in the batch's order; read once, since each reading may make them anew. */
  | { readonly outcome: 'published'; readonly positions: readonly Position[] }
  /** This batch number had been published before (its answer was lost on the way), and all before it. */
  | { readonly outcome: 'repeated' }
  /** The batch before it has not happened: nothing was done. Publish that one first, then this again. */
  | { readonly outcome: 'early' }
  /** Someone with a later token publishes for this source: stop. */
  | { readonly outcome: 'fenced' };

// ── out ──────────────────────────────────────────────────────────────────────────────────────────

/** The way out: live updates of the symbols that are subscribed. */
export interface LiveFeed {
  /** The one listener; set before the first subscribe. */
  listen(listener: LiveListener): void;
  /**
   * Resolves when the subscription of every symbol is acknowledged: what is published after that is
   * either heard or announced by `interrupted`. Symbols already subscribed are left as they are.
   * @throws FanoutError
   */
  subscribe(symbols: readonly StockSymbol[]): Promise<void>;
  unsubscribe(symbols: readonly StockSymbol[]): void;
  /** Names, without blanks, of the parts that symbols are subscribed at and that are not heard just now. */
  silentParts(): readonly string[];
  /** How many parts symbols are subscribed at. */
  partCount(): number;
  /** The part that a subscribed symbol belongs to; it may come to belong to another. */
  partOf(symbol: StockSymbol): string | undefined;
}

/** Who takes live updates, and is told when some may be missing. */
export interface LiveListener {
  /**
   * Who takes the updates of `symbol` from now on; asked whenever it is subscribed. Undefined: nobody wants it
   * any more.
   */
  receiverOf(symbol: StockSymbol): LiveReceiver | undefined;
  /**
   * The symbols are heard again after an interruption; updates between may have been missed and have
   * to be read from the history.
   */
  interrupted(symbols: readonly StockSymbol[]): void;
}

/** The updates of one symbol. It is kept with the symbol's channel: no other look-up is needed for an update. */
export interface LiveReceiver {
  /**
   * One published tick, in order: `bytes` hold its payload (`isTickPayload`) from `start` to `end`, during the
   * call only. Must not throw or block.
   */
  accept(bytes: Uint8Array, start: number, end: number, epoch: number, seq: number): void;
}

/** A published tick and where it stands in its symbol's sequence. */
export interface HistoryEntry {
  readonly position: Position;
  readonly tick: Tick;
}

/** The newest entries of one symbol, at most so many. */
export interface NewestRequest {
  readonly symbol: StockSymbol;
  readonly entriesMax: number;
}

/** Of one request: its entries, or why there are none (`unreadable`). */
export type NewestAnswer = readonly HistoryEntry[] | FanoutError;

/** The replay buffer. Entries of one symbol are in publishing order; it may hold several epochs. */
export interface History {
  /**
   * Up to `entriesMax` entries after `position`, oldest first; fewer only where there are no more.
   * @throws FanoutError
   */
  after(symbol: StockSymbol, position: Position, entriesMax: number): Promise<readonly HistoryEntry[]>;
  /**
   * Up to `entriesMax` entries before `position` (undefined: the newest there are), newest first.
   * @throws FanoutError
   */
  before(
    symbol: StockSymbol,
    position: Position | undefined,
    entriesMax: number,
  ): Promise<readonly HistoryEntry[]>;
  /**
   * The newest entries of many symbols, all of one group of the publisher's; of each request newest first.
   * @throws FanoutError; what can not be read of one symbol alone is its answer, and fails no other
   */
  newest(requests: readonly NewestRequest[]): Promise<readonly NewestAnswer[]>;
}

// ── beside ───────────────────────────────────────────────────────────────────────────────────────

/** A symbol that can be subscribed. */
export interface CatalogueEntry {
  readonly symbol: StockSymbol;
  /** The source that announced it. */
  readonly source: string;
}

/** How large the catalogue grows, and how long it remembers a silent source. */
export interface CatalogueLimits {
  /** Symbols in the catalogue. Above it no new ones are taken. */
  readonly symbolsMax: number;
  /** A source that has not announced for so long has left its symbols to any other that announces them. */
  readonly sourceGoneMs: number;
  /** A source that has not announced for so long is not expected back: its symbols go. */
  readonly sourceForgottenMs: number;
}

/** For every process alike: all of them change one catalogue. */
export const catalogueLimits: CatalogueLimits = {
  symbolsMax: 1_000_000,
  sourceGoneMs: 60_000,
  sourceForgottenMs: 7 * 86_400_000,
};

/** Who is there: the catalogue of symbols, and the sources with their state. */
export interface Directory {
  /**
   * Adds symbols to the catalogue. Cheap to repeat; a source repeats it, in case the catalogue was lost. A symbol that another source announces as well stays that one's, until it has not announced for `sourceGoneMs`.
   * @returns how many were refused because the catalogue has `symbolsMax` already
   * @throws FanoutError
   */
  announce(entries: readonly CatalogueEntry[]): Promise<number>;
  /**
   * Takes away what the catalogue has of `source` and is not in `symbols`, and all of sources that have not announced for
   * `sourceForgottenMs`. Reads all of it, so it is for once in a while. Whoever leads the source calls it, and nobody else.
   * @returns how many went
   * @throws FanoutError
   */
  retire(source: string, symbols: ReadonlySet<StockSymbol>): Promise<number>;
  /** Changes whenever the catalogue may have changed. */
  catalogueVersion(): Promise<string>;
  /** All of it, in no order; a symbol may come twice while the catalogue changes. @throws FanoutError */
  catalogue(): Promise<readonly CatalogueEntry[]>;
  /** Publishes a source's state; forgotten after `ttlMs` unless repeated. */
  report(status: SourceStatus, ttlMs: number): Promise<void>;
  sources(): Promise<readonly SourceStatus[]>;
}

/** A source as `GET /sources` shows it. */
export interface SourceStatus {
  readonly source: string;
  /** The process that reports. */
  readonly instance: string;
  readonly state: 'leading' | 'standby' | 'connecting' | 'stale' | 'stopped';
  /** What is wrong just now, for people; absent when nothing is. */
  readonly problem?: string;
  readonly symbols: number;
  /** When the last tick was read; Unix ms, absent before the first. */
  readonly lastTickAt?: number;
  readonly published: number;
  readonly rejected: Readonly<Record<string, number>>;
  /** Ticks given up because Redis was away and the queue full. */
  readonly gaveUp: number;
  /** Messages that the venue's own numbering shows to be missing. */
  readonly venueGaps: number;
  readonly reconnects: number;
}

/** Leadership of a source: at most one holder, each with a later token than the one before. */
export interface Leases {
  /** The lease's fencing token, or undefined while another holds it. Taking one's own again renews it. */
  acquire(source: string, holder: string, ttlMs: number): Promise<number | undefined>;
  release(source: string, holder: string): Promise<void>;
}

/** Why a command failed; `timeout`: it may still have happened. */
export type FanoutErrorCode = 'unavailable' | 'timeout' | 'refused' | 'unreadable' | 'closed';

/**
 * Redis could not do it. `refused`: Redis answered with an error (see `cause`). `unreadable`: what is stored under the
 * one thing that was asked for is not ours, e.g. another type of key; nothing else is concerned, and to ask again at
 * once is of no use.
 */
export class FanoutError extends Error {
  override readonly name = 'FanoutError';
  readonly code: FanoutErrorCode;
  constructor(code: FanoutErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
