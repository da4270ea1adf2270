import { FanoutError, type LiveFeed } from '#fanout/ports.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Logger } from '#runtime/logger.ts';
import { createSlots } from './slots.ts';
import { SymbolTail, type TailDeps, type TailLimits } from './tail.ts';

export interface TailsLimits extends TailLimits {
  /** How long a symbol that nobody wants stays subscribed, for the next one who wants it. */
  readonly lingerMs: number;
  /** Histories read at the same time. */
  readonly historyReadsMax: number;
}

export interface TailsDeps extends TailDeps {
  readonly live: LiveFeed;
  readonly log: Logger;
  /** Takes the age of an update when it arrives, in ms. */
  readonly observeLatency: (latencyMs: number) => void;
}

/** One update in so many is measured: a power of two. */
const latencySampling = 16;

/** The symbols that somebody here wants: one tail each, subscribed while it is referenced. */
export interface Tails {
  /** The symbol's tail, with one reference more; give it back with `release`. */
  hold(symbol: StockSymbol): SymbolTail;
  release(tail: SymbolTail): void;
  isOpen(tail: SymbolTail): boolean;
  /**
   * Resolves once the tail is subscribed and has its newest ticks.
   * @throws FanoutError when the fanout can not do it now; the tail is then of no more use
   */
  opened(tail: SymbolTail): Promise<void>;
  /** Lets go of what nobody wants any more; `now` in Unix ms. */
  sweep(now: number): void;
  readonly size: number;
}

export function createTails(deps: TailsDeps, limits: TailsLimits): Tails {
  const { live, log, counts } = deps;
  const tails = new Map<StockSymbol, SymbolTail>();
  const openings = new Map<SymbolTail, Promise<void>>();
  const reads = createSlots(limits.historyReadsMax);
  const subscribe = batched((symbols) => live.subscribe(symbols));
  const slotted: TailDeps = {
    ...deps,
    history: {
      after: (symbol, position, entriesMax) => reads(() => deps.history.after(symbol, position, entriesMax)),
      before: (symbol, position, entriesMax) =>
        reads(() => deps.history.before(symbol, position, entriesMax)),
    },
  };

  live.listen({
    update(tick, epoch, seq) {
      counts.updatesReceived++;
      if ((counts.updatesReceived & (latencySampling - 1)) === 0)
        deps.observeLatency(deps.now() - tick.receivedAt);
      tails.get(tick.symbol)?.accept(tick, epoch, seq);
    },
    interrupted(symbols) {
      log.warn({ symbols: symbols.length }, 'live feed was interrupted, catching up');
      for (const symbol of symbols) tails.get(symbol)?.interrupted();
    },
  });

  const open = async (tail: SymbolTail): Promise<void> => {
    try {
      await subscribe(tail.symbol);
      await tail.open();
    } catch (error) {
      if (tails.get(tail.symbol) === tail) tails.delete(tail.symbol);
      throw error;
    } finally {
      openings.delete(tail);
    }
  };

  const add = (symbol: StockSymbol): SymbolTail => {
    const tail = new SymbolTail(symbol, slotted, limits);
    tails.set(symbol, tail);
    const opening = open(tail);
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
    hold(symbol) {
      const tail = tails.get(symbol) ?? add(symbol);
      tail.references++;
      return tail;
    },
    release(tail) {
      tail.references--;
      if (tail.references === 0) tail.unusedSince = deps.now();
    },
    isOpen: (tail) => !openings.has(tail),
    async opened(tail) {
      await openings.get(tail);
    },
    sweep(now) {
      const unused: StockSymbol[] = [];
      for (const tail of tails.values()) {
        tail.trim(now);
        if (tail.references > 0 || openings.has(tail) || now - tail.unusedSince < limits.lingerMs) continue;
        tails.delete(tail.symbol);
        unused.push(tail.symbol);
      }
      if (unused.length > 0) live.unsubscribe(unused);
    },
  };
}

/** Gathers the symbols asked for in one turn of the event loop into one call. */
function batched(subscribe: (symbols: readonly StockSymbol[]) => Promise<void>) {
  let symbols: StockSymbol[] = [];
  let batch: Promise<void> | undefined;
  return (symbol: StockSymbol): Promise<void> => {
    symbols.push(symbol);
    batch ??= Promise.resolve().then(() => {
      const wanted = symbols;
      symbols = [];
      batch = undefined;
      return subscribe(wanted);
    });
    return batch;
  };
}
