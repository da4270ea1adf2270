import { FanoutError, type LiveFeed } from '#fanout/ports.ts';
import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Logger } from '#runtime/logger.ts';
import {
  createFanoutReads,
  type FanoutReads,
  type FanoutReadsDeps,
  type FanoutReadsLimits,
} from './fanout-reads.ts';
import type { FeedDeps, FeedLimits, TrimmedFeed } from './feed-deps.ts';
import { isUnreadable } from './patient-read.ts';
import { createRetryGate } from './retry-gate.ts';
import { createSlabs } from './slabs.ts';
import { SymbolFeed } from './symbol-feed.ts';
import { createUnreadableSymbols, type UnreadableSymbols } from './unreadable-symbols.ts';

/** Bounds of each feed, of reads, and of the time that a feed outlives its last user. */
export interface FeedsLimits extends FeedLimits, FanoutReadsLimits {
  /** How long a symbol that nobody wants stays subscribed, for the next one who wants it. */
  readonly lingerMs: number;
}

/** The fanout that feeds follow, and what they count in. */
export interface FeedsDeps
  extends Omit<FeedDeps, 'history' | 'partOf' | 'retryGate' | 'slabs' | 'outgrown'>,
    FanoutReadsDeps {
  readonly live: LiveFeed;
  readonly log: Logger;
  /** 0 … 1 */
  readonly random: () => number;
}

/** The symbols that somebody here wants: one feed each, subscribed while it is referenced. */
export class Feeds {
  readonly #deps: FeedsDeps;
  readonly #limits: FeedsLimits;
  readonly #feeds = new Map<StockSymbol, SymbolFeed>();
  readonly #openings = new Map<SymbolFeed, Promise<void>>();
  readonly #reads: FanoutReads;
  /** Without references; a look at each of 50,000 feeds took a sweep 20 ms. */
  readonly #unused = new Set<SymbolFeed>();
  readonly #unreadable: UnreadableSymbols;
  /** To be trimmed. */
  readonly #outgrown = new Set<TrimmedFeed>();
  readonly #feedDeps: FeedDeps;

  constructor(deps: FeedsDeps, limits: FeedsLimits) {
    this.#deps = deps;
    this.#limits = limits;
    this.#reads = createFanoutReads(this.#deps, this.#limits);
    this.#unreadable = createUnreadableSymbols(this.#deps);
    this.#feedDeps = {
      history: this.#reads.history,
      delayedMinutes: this.#deps.delayedMinutes,
      counts: this.#deps.counts,
      partOf: (symbol) => this.#deps.live.partOf(symbol) ?? '',
      retryGate: createRetryGate(),
      now: this.#deps.now,
      elapsedMs: this.#deps.elapsedMs,
      slabs: createSlabs(),
      observeLatency: this.#deps.observeLatency,
      outgrown: (feed) => this.#outgrown.add(feed),
    };
    this.#deps.live.listen({
      receiverOf: (symbol) => this.#feeds.get(symbol),
      interrupted: (symbols) => {
        this.#deps.log.warn({ symbols: symbols.length }, 'live feed was interrupted, catching up');
        for (const symbol of symbols) this.#feeds.get(symbol)?.interrupted();
      },
    });
  }

  get size(): number {
    return this.#feeds.size;
  }

  /** Of all feeds there are. */
  symbols(): Iterable<StockSymbol> {
    return this.#feeds.keys();
  }

  /**
   * The symbol's feed, with one reference more; give it back with `release`. A new one opens with its newest
   * ticks for someone who stands at `since`, else with the last one: more is read when somebody resumes.
   */
  hold(symbol: StockSymbol, since?: Position): SymbolFeed {
    const feed =
      this.#feeds.get(symbol) ?? this.#add(symbol, since === undefined ? 1 : this.#limits.feedEntriesMax);
    feed.references++;
    this.#unused.delete(feed);
    return feed;
  }

  release(feed: SymbolFeed): void {
    feed.references--;
    if (feed.references > 0 || this.#feeds.get(feed.symbol) !== feed) return;
    feed.unusedSince = this.#deps.elapsedMs();
    this.#unused.add(feed);
  }

  isOpen(feed: SymbolFeed): boolean {
    return !this.#openings.has(feed);
  }

  /**
   * Resolves once the feed is subscribed and has its newest ticks.
   * @throws FanoutError when the fanout can not do it now; the feed is then of no more use
   */
  async opened(feed: SymbolFeed): Promise<void> {
    await this.#openings.get(feed);
  }

  /** Milliseconds since the fanout last answered for any feed. */
  /** Milliseconds since the fanout last answered for any feed. */
  idleMs(): number {
    return this.#reads.idleMs();
  }

  /** Whether some symbol waits for a history that can not be read just now. */
  failing(): boolean {
    for (const feed of this.#feeds.values()) if (feed.failing) return true;
    return false;
  }

  /** Lets go of what nobody wants any more; `now` of `elapsedMs`. */
  sweep(now: number): void {
    for (const feed of this.#outgrown) if (feed.trim(now)) this.#outgrown.delete(feed);
    const left: StockSymbol[] = [];
    for (const feed of this.#unused) {
      if (now - feed.unusedSince < this.#limits.lingerMs) break; // all others became unused later
      if (this.#openings.has(feed)) continue;
      this.#remove(feed);
      left.push(feed.symbol);
    }
    if (left.length > 0) this.#deps.live.unsubscribe(left);
  }

  #remove(feed: SymbolFeed): void {
    if (this.#feeds.get(feed.symbol) === feed) this.#feeds.delete(feed.symbol);
    this.#unused.delete(feed);
    this.#outgrown.delete(feed);
    feed.close();
  }

  async #open(feed: SymbolFeed, entriesMax: number): Promise<void> {
    const { symbol } = feed;
    try {
      if (this.#unreadable.isHeldBack(symbol))
        throw new FanoutError('unreadable', `the history of ${symbol} could not be read a moment ago`);
      await this.#reads.subscribe(symbol);
      await this.#openSubscribed(feed, entriesMax);
    } catch (error) {
      this.#remove(feed);
      throw error;
    } finally {
      this.#openings.delete(feed);
    }
  }

  async #openSubscribed(feed: SymbolFeed, entriesMax: number): Promise<void> {
    try {
      await feed.open(entriesMax);
      this.#unreadable.mended(feed.symbol);
    } catch (error) {
      if (isUnreadable(error)) {
        this.#unreadable.failed(feed.symbol);
        this.#deps.live.unsubscribe([feed.symbol]);
      }
      throw error;
    }
  }

  #add(symbol: StockSymbol, entriesMax: number): SymbolFeed {
    const feed = new SymbolFeed(symbol, this.#feedDeps, this.#limits);
    this.#feeds.set(symbol, feed);
    const opening = this.#open(feed, entriesMax);
    opening.catch((error: unknown) => {
      if (!(error instanceof FanoutError)) throw error; // who waits for `opened` hears of the others
    });
    this.#openings.set(feed, opening);
    return feed;
  }
}
