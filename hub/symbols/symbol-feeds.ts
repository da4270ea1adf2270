import { FanoutError, type LiveFeed } from '#fanout/ports.ts';
import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Logger } from '#runtime/logger.ts';
import { createFanoutReads, type FanoutReadsDeps, type FanoutReadsLimits } from './fanout-reads.ts';
import type { FeedDeps, FeedLimits, TrimmedFeed } from './feed-deps.ts';
import { isUnreadable } from './patient-read.ts';
import { createRetryGate } from './retry-gate.ts';
import { createSlabs } from './slabs.ts';
import { SymbolFeed } from './symbol-feed.ts';
import { createUnreadableSymbols } from './unreadable-symbols.ts';

export interface FeedsLimits extends FeedLimits, FanoutReadsLimits {
  /** How long a symbol that nobody wants stays subscribed, for the next one who wants it. */
  readonly lingerMs: number;
}

export interface FeedsDeps
  extends Omit<FeedDeps, 'history' | 'partOf' | 'retryGate' | 'slabs' | 'outgrown'>,
    FanoutReadsDeps {
  readonly live: LiveFeed;
  readonly log: Logger;
  /** 0 … 1 */
  readonly random: () => number;
}

/** The symbols that somebody here wants: one feed each, subscribed while it is referenced. */
export interface Feeds {
  /**
   * The symbol's feed, with one reference more; give it back with `release`. A new one opens with its newest
   * ticks for someone who stands at `since`, else with the last one: more is read when somebody resumes.
   */
  hold(symbol: StockSymbol, since?: Position): SymbolFeed;
  release(feed: SymbolFeed): void;
  isOpen(feed: SymbolFeed): boolean;
  /**
   * Resolves once the feed is subscribed and has its newest ticks.
   * @throws FanoutError when the fanout can not do it now; the feed is then of no more use
   */
  opened(feed: SymbolFeed): Promise<void>;
  /** Milliseconds since the fanout last answered for any feed. */
  idleMs(): number;
  /** Whether some symbol waits for a history that can not be read just now. */
  failing(): boolean;
  /** Lets go of what nobody wants any more; `now` of `elapsedMs`. */
  sweep(now: number): void;
  readonly size: number;
  /** Of all feeds there are. */
  symbols(): Iterable<StockSymbol>;
}

export function createFeeds(deps: FeedsDeps, limits: FeedsLimits): Feeds {
  const { live, log } = deps;
  const feeds = new Map<StockSymbol, SymbolFeed>();
  const openings = new Map<SymbolFeed, Promise<void>>();
  const pace = createFanoutReads(deps, limits);
  /** Without references; a look at each of 50,000 feeds took a sweep 20 ms. */
  const unused = new Set<SymbolFeed>();
  const unreadable = createUnreadableSymbols(deps);
  /** To be trimmed. */
  const outgrown = new Set<TrimmedFeed>();
  const feedDeps: FeedDeps = {
    history: pace.history,
    delayedMinutes: deps.delayedMinutes,
    counts: deps.counts,
    partOf: (symbol) => live.partOf(symbol) ?? '',
    retryGate: createRetryGate(),
    now: deps.now,
    elapsedMs: deps.elapsedMs,
    slabs: createSlabs(),
    observeLatency: deps.observeLatency,
    outgrown: (feed) => outgrown.add(feed),
  };

  live.listen({
    receiverOf: (symbol) => feeds.get(symbol),
    interrupted(symbols) {
      log.warn({ symbols: symbols.length }, 'live feed was interrupted, catching up');
      for (const symbol of symbols) feeds.get(symbol)?.interrupted();
    },
  });

  const remove = (feed: SymbolFeed): void => {
    if (feeds.get(feed.symbol) === feed) feeds.delete(feed.symbol);
    unused.delete(feed);
    outgrown.delete(feed);
    feed.close();
  };

  const open = async (feed: SymbolFeed, entriesMax: number): Promise<void> => {
    const { symbol } = feed;
    try {
      if (unreadable.isHeldBack(symbol))
        throw new FanoutError('unreadable', `the history of ${symbol} could not be read a moment ago`);
      await pace.subscribe(symbol);
      await openSubscribed(feed, entriesMax);
    } catch (error) {
      remove(feed);
      throw error;
    } finally {
      openings.delete(feed);
    }
  };

  const openSubscribed = async (feed: SymbolFeed, entriesMax: number): Promise<void> => {
    try {
      await feed.open(entriesMax);
      unreadable.mended(feed.symbol);
    } catch (error) {
      if (isUnreadable(error)) {
        unreadable.failed(feed.symbol);
        live.unsubscribe([feed.symbol]);
      }
      throw error;
    }
  };

  const add = (symbol: StockSymbol, entriesMax: number): SymbolFeed => {
    const feed = new SymbolFeed(symbol, feedDeps, limits);
    feeds.set(symbol, feed);
    const opening = open(feed, entriesMax);
    opening.catch((error: unknown) => {
      if (!(error instanceof FanoutError)) throw error; // who waits for `opened` hears of the others
    });
    openings.set(feed, opening);
    return feed;
  };

  return {
    get size() {
      return feeds.size;
    },
    symbols: () => feeds.keys(),
    hold(symbol, since) {
      const feed = feeds.get(symbol) ?? add(symbol, since === undefined ? 1 : limits.feedEntriesMax);
      feed.references++;
      unused.delete(feed);
      return feed;
    },
    release(feed) {
      feed.references--;
      if (feed.references > 0 || feeds.get(feed.symbol) !== feed) return;
      feed.unusedSince = deps.elapsedMs();
      unused.add(feed);
    },
    isOpen: (feed) => !openings.has(feed),
    async opened(feed) {
      await openings.get(feed);
    },
    idleMs: pace.idleMs,
    failing() {
      for (const feed of feeds.values()) if (feed.failing) return true;
      return false;
    },
    sweep(now) {
      for (const feed of outgrown) if (feed.trim(now)) outgrown.delete(feed);
      const left: StockSymbol[] = [];
      for (const feed of unused) {
        if (now - feed.unusedSince < limits.lingerMs) break; // all others became unused later
        if (openings.has(feed)) continue;
        remove(feed);
        left.push(feed.symbol);
      }
      if (left.length > 0) live.unsubscribe(left);
    },
  };
}
