import { FanoutError, type LiveFeed } from '#fanout/ports.ts';
import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Logger } from '#runtime/logger.ts';
import { createFanoutPace, type FanoutPaceDeps, type FanoutPaceLimits } from './fanout-reads.ts';
import type { TailDeps, TailLimits } from './feed-deps.ts';
import { isUnreadable } from './patient-read.ts';
import { createPatience } from './retry-gate.ts';
import { createSlabs } from './slabs.ts';
import { SymbolTail } from './symbol-feed.ts';
import { createUnreadableSymbols } from './unreadable-symbols.ts';

export interface TailsLimits extends TailLimits, FanoutPaceLimits {
  /** How long a symbol that nobody wants stays subscribed, for the next one who wants it. */
  readonly lingerMs: number;
}

export interface TailsDeps
  extends Omit<TailDeps, 'history' | 'partOf' | 'patience' | 'slabs' | 'outgrown'>,
    FanoutPaceDeps {
  readonly live: LiveFeed;
  readonly log: Logger;
  /** 0 … 1 */
  readonly random: () => number;
}

/** The symbols that somebody here wants: one tail each, subscribed while it is referenced. */
export interface Tails {
  /**
   * The symbol's tail, with one reference more; give it back with `release`. A new one opens with its newest
   * ticks for someone who stands at `since`, else with the last one: more is read when somebody resumes.
   */
  hold(symbol: StockSymbol, since?: Position): SymbolTail;
  release(tail: SymbolTail): void;
  isOpen(tail: SymbolTail): boolean;
  /**
   * Resolves once the tail is subscribed and has its newest ticks.
   * @throws FanoutError when the fanout can not do it now; the tail is then of no more use
   */
  opened(tail: SymbolTail): Promise<void>;
  /** Milliseconds since the fanout last answered for any tail. */
  idleMs(): number;
  /** Whether some symbol waits for a history that can not be read just now. */
  failing(): boolean;
  /** Lets go of what nobody wants any more; `now` of `elapsedMs`. */
  sweep(now: number): void;
  readonly size: number;
  /** Of all tails there are. */
  symbols(): Iterable<StockSymbol>;
}

export function createTails(deps: TailsDeps, limits: TailsLimits): Tails {
  const { live, log } = deps;
  const tails = new Map<StockSymbol, SymbolTail>();
  const openings = new Map<SymbolTail, Promise<void>>();
  const pace = createFanoutPace(deps, limits);
  /** Without references; a look at each of 50,000 tails took a sweep 20 ms. */
  const unused = new Set<SymbolTail>();
  const unreadable = createUnreadableSymbols(deps);
  /** To be trimmed. */
  const outgrown = new Set<SymbolTail>();
  const tailDeps: TailDeps = {
    history: pace.history,
    delayedMinutes: deps.delayedMinutes,
    counts: deps.counts,
    partOf: (symbol) => live.partOf(symbol) ?? '',
    patience: createPatience(),
    now: deps.now,
    elapsedMs: deps.elapsedMs,
    slabs: createSlabs(),
    observeLatency: deps.observeLatency,
    outgrown: (tail) => outgrown.add(tail),
  };

  live.listen({
    receiverOf: (symbol) => tails.get(symbol),
    interrupted(symbols) {
      log.warn({ symbols: symbols.length }, 'live feed was interrupted, catching up');
      for (const symbol of symbols) tails.get(symbol)?.interrupted();
    },
  });

  const remove = (tail: SymbolTail): void => {
    if (tails.get(tail.symbol) === tail) tails.delete(tail.symbol);
    unused.delete(tail);
    outgrown.delete(tail);
    tail.close();
  };

  const open = async (tail: SymbolTail, entriesMax: number): Promise<void> => {
    const { symbol } = tail;
    try {
      if (unreadable.isHeldBack(symbol))
        throw new FanoutError('unreadable', `the history of ${symbol} could not be read a moment ago`);
      await pace.subscribe(symbol);
      await openSubscribed(tail, entriesMax);
    } catch (error) {
      remove(tail);
      throw error;
    } finally {
      openings.delete(tail);
    }
  };

  const openSubscribed = async (tail: SymbolTail, entriesMax: number): Promise<void> => {
    try {
      await tail.open(entriesMax);
      unreadable.mended(tail.symbol);
    } catch (error) {
      if (isUnreadable(error)) {
        unreadable.failed(tail.symbol);
        live.unsubscribe([tail.symbol]);
      }
      throw error;
    }
  };

  const add = (symbol: StockSymbol, entriesMax: number): SymbolTail => {
    const tail = new SymbolTail(symbol, tailDeps, limits);
    tails.set(symbol, tail);
    const opening = open(tail, entriesMax);
    opening.catch((error: unknown) => {
      if (!(error instanceof FanoutError)) throw error; // who waits for `opened` hears of the others
    });
    openings.set(tail, opening);
    return tail;
  };

  return {
    get size() {
      return tails.size;
    },
    symbols: () => tails.keys(),
    hold(symbol, since) {
      const tail = tails.get(symbol) ?? add(symbol, since === undefined ? 1 : limits.tailEntriesMax);
      tail.references++;
      unused.delete(tail);
      return tail;
    },
    release(tail) {
      tail.references--;
      if (tail.references > 0 || tails.get(tail.symbol) !== tail) return;
      tail.unusedSince = deps.elapsedMs();
      unused.add(tail);
    },
    isOpen: (tail) => !openings.has(tail),
    async opened(tail) {
      await openings.get(tail);
    },
    idleMs: pace.idleMs,
    failing() {
      for (const tail of tails.values()) if (tail.failing) return true;
      return false;
    },
    sweep(now) {
      for (const tail of outgrown) if (tail.trim(now)) outgrown.delete(tail);
      const left: StockSymbol[] = [];
      for (const tail of unused) {
        if (now - tail.unusedSince < limits.lingerMs) break; // all others became unused later
        if (openings.has(tail)) continue;
        remove(tail);
        left.push(tail.symbol);
      }
      if (left.length > 0) live.unsubscribe(left);
    },
  };
}
