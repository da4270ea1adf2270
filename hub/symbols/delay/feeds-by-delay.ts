import type { DelayMinutes } from '#hub/symbols/delay-classes.ts';
import type { SymbolFeed } from '#hub/symbols/symbol-feed.ts';
import { Feeds, type FeedsDeps, type FeedsLimits } from '#hub/symbols/symbol-feeds.ts';
import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { createDelayedFeed, type DelayedFeedLimits } from './delayed-feed.ts';

/** Bounds of the feeds of each delay. */
export interface FeedsByDelayLimits extends FeedsLimits, DelayedFeedLimits {
  /** A minute of delay, in ms: 60,000 but in tests. */
  readonly delayMinuteMs: number;
}

/** All feeds of a hub: those of the live feed, and for each delay in use those of what the feed was so long ago. */
export interface FeedsByDelay extends Omit<Feeds, 'hold'> {
  /** The symbol's feed with this delay; see `Feeds.hold`. */
  hold(symbol: StockSymbol, delayedMinutes: DelayMinutes, since?: Position): SymbolFeed;
  /** Brings delayed feeds what is old enough by now; to be called often. */
  look(): void;
}

/** The live feeds are there from the start, those of a delay from its first use on. */
export function createFeedsByDelay(
  deps: Omit<FeedsDeps, 'delayedMinutes'>,
  limits: FeedsByDelayLimits,
): FeedsByDelay {
  const byDelay = new Map<DelayMinutes, Feeds>([[0, new Feeds({ ...deps, delayedMinutes: 0 }, limits)]]);
  const looks: (() => void)[] = [];

  const addDelay = (delayedMinutes: DelayMinutes): Feeds => {
    const feed = createDelayedFeed(deps, delayedMinutes * limits.delayMinuteMs, limits);
    const observeLatency = (): void => undefined; // it is late on purpose
    const feeds = new Feeds(
      { ...deps, live: feed.live, history: feed.history, delayedMinutes, observeLatency },
      limits,
    );
    byDelay.set(delayedMinutes, feeds);
    looks.push(feed.look);
    return feeds;
  };
  const feedsOf = (delayedMinutes: DelayMinutes): Feeds =>
    byDelay.get(delayedMinutes) ?? addDelay(delayedMinutes);
  const all = (): readonly Feeds[] => [...byDelay.values()];

  return {
    get size() {
      return all().reduce((sum, feeds) => sum + feeds.size, 0);
    },
    *symbols() {
      for (const feeds of all()) yield* feeds.symbols();
    },
    hold: (symbol, delayedMinutes, since) => feedsOf(delayedMinutes).hold(symbol, since),
    release: (feed) => feedsOf(feed.delayedMinutes).release(feed),
    isOpen: (feed) => feedsOf(feed.delayedMinutes).isOpen(feed),
    opened: (feed) => feedsOf(feed.delayedMinutes).opened(feed),
    idleMs: () => Math.min(...all().map((feeds) => feeds.idleMs())),
    failing: () => all().some((feeds) => feeds.failing()),
    sweep(now) {
      for (const feeds of byDelay.values()) feeds.sweep(now);
    },
    look() {
      for (const look of looks) look();
    },
  };
}
