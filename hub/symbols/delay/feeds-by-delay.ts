import type { SymbolTail } from '#hub/symbols/symbol-feed.ts';
import { createTails, type Tails, type TailsDeps, type TailsLimits } from '#hub/symbols/symbol-feeds.ts';
import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { DelayMinutes } from './delay-classes.ts';
import { createDelayedFeed, type DelayedFeedLimits } from './delayed-feed.ts';

export interface TailsByDelayLimits extends TailsLimits, DelayedFeedLimits {
  /** A minute of delay, in ms: 60,000 but in tests. */
  readonly delayMinuteMs: number;
}

/** All tails of a hub: those of the live feed, and for each delay in use those of what the feed was so long ago. */
export interface TailsByDelay extends Omit<Tails, 'hold'> {
  /** The symbol's tail with this delay; see `Tails.hold`. */
  hold(symbol: StockSymbol, delayedMinutes: DelayMinutes, since?: Position): SymbolTail;
  /** Brings delayed tails what is old enough by now; to be called often. */
  look(): void;
}

export function createTailsByDelay(
  deps: Omit<TailsDeps, 'delayedMinutes'>,
  limits: TailsByDelayLimits,
): TailsByDelay {
  const byDelay = new Map<DelayMinutes, Tails>([[0, createTails({ ...deps, delayedMinutes: 0 }, limits)]]);
  const looks: (() => void)[] = [];

  const addDelay = (delayedMinutes: DelayMinutes): Tails => {
    const feed = createDelayedFeed(deps, delayedMinutes * limits.delayMinuteMs, limits);
    const observeLatency = (): void => undefined; // it is late on purpose
    const tails = createTails(
      { ...deps, live: feed.live, history: feed.history, delayedMinutes, observeLatency },
      limits,
    );
    byDelay.set(delayedMinutes, tails);
    looks.push(feed.look);
    return tails;
  };
  const tailsOf = (delayedMinutes: DelayMinutes): Tails =>
    byDelay.get(delayedMinutes) ?? addDelay(delayedMinutes);
  const all = (): readonly Tails[] => [...byDelay.values()];

  return {
    get size() {
      return all().reduce((sum, tails) => sum + tails.size, 0);
    },
    *symbols() {
      for (const tails of all()) yield* tails.symbols();
    },
    hold: (symbol, delayedMinutes, since) => tailsOf(delayedMinutes).hold(symbol, since),
    release: (tail) => tailsOf(tail.delayedMinutes).release(tail),
    isOpen: (tail) => tailsOf(tail.delayedMinutes).isOpen(tail),
    opened: (tail) => tailsOf(tail.delayedMinutes).opened(tail),
    idleMs: () => Math.min(...all().map((tails) => tails.idleMs())),
    failing: () => all().some((tails) => tails.failing()),
    sweep(now) {
      for (const tails of byDelay.values()) tails.sweep(now);
    },
    look() {
      for (const look of looks) look();
    },
  };
}
