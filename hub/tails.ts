import { FanoutError, type LiveFeed } from '#fanout/ports.ts';
import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Logger } from '#runtime/logger.ts';
import { createFanoutPace, type FanoutPaceDeps, type FanoutPaceLimits } from './fanout-pace.ts';
import { SymbolTail, type TailDeps, type TailLimits } from './tail.ts';

export interface TailsLimits extends TailLimits, FanoutPaceLimits {
  /** How long a symbol that nobody wants stays subscribed, for the next one who wants it. */
  readonly lingerMs: number;
}

export interface TailsDeps extends Omit<TailDeps, 'history'>, FanoutPaceDeps {
  readonly live: LiveFeed;
  readonly log: Logger;
  /** Takes the age of an update when it arrives, in ms. */
  readonly observeLatency: (latencyMs: number) => void;
}

/** One update in so many is measured: a power of two. */
const latencySampling = 16;

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
  /** Lets go of what nobody wants any more; `now` in Unix ms. */
  sweep(now: number): void;
  readonly size: number;
}

export function createTails(deps: TailsDeps, limits: TailsLimits): Tails {
  const { live, log, counts } = deps;
  const tails = new Map<StockSymbol, SymbolTail>();
  const openings = new Map<SymbolTail, Promise<void>>();
  const pace = createFanoutPace(deps, limits);
  const tailDeps: TailDeps = { history: pace.history, counts, now: deps.now };

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

  const open = async (tail: SymbolTail, entriesMax: number): Promise<void> => {
    try {
      await pace.subscribe(tail.symbol);
      await tail.open(entriesMax);
    } catch (error) {
      if (tails.get(tail.symbol) === tail) tails.delete(tail.symbol);
      throw error;
    } finally {
      openings.delete(tail);
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
    hold(symbol, since) {
      const tail = tails.get(symbol) ?? add(symbol, since === undefined ? 1 : limits.tailEntriesMax);
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
    idleMs: pace.idleMs,
    failing() {
      for (const tail of tails.values()) if (tail.failing) return true;
      return false;
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
