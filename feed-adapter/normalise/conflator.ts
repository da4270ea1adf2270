import type { Cancel, Clock } from '#feed-adapter/clock.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { type PendingTick, takenOver } from './pending-tick.ts';

/**
 * Conflates before Redis, for those who do not need every tick in the replay buffer: of each symbol at most one
 * tick per window goes on, the newest, with the highest and lowest price of those that it replaces. The first
 * tick after a quiet window goes on at once. Ticks of different flags are not merged: a halt or a suspect
 * print stays a tick of its own. A conflated tick gets no sequence number: to clients nothing is missing.
 */
export interface Conflator {
  push(tick: PendingTick): void;
  /** Ticks that wait for the end of their window. */
  waiting(): number;
  /** Passes on everything that waits, now. */
  flush(): void;
}

/** Where ticks go on to, and who counts those that were merged. */
export interface ConflatorDeps {
  /** Where ticks go on to. */
  readonly push: (tick: PendingTick) => void;
  readonly clock: Pick<Clock, 'after' | 'monotonic'>;
  /** A tick went into the next one of its symbol. */
  readonly onConflated: () => void;
}

/** A symbol's window; there is none while the symbol is quiet, so never more of them than symbols. */
interface Window {
  readonly symbol: StockSymbol;
  /** Monotonic ms. */
  readonly endsAt: number;
  /** What waits for the end; undefined where nothing came since the beginning. */
  pending: PendingTick | undefined;
}

/** The windows that are open, by symbol and in the order in which they end: all are equally long. */
class Windows {
  readonly #windowMs: number;
  readonly #bySymbol = new Map<StockSymbol, Window>();
  #ending: Window[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
  }

  of(symbol: StockSymbol): Window | undefined {
    return this.#bySymbol.get(symbol);
  }

  /** When the next one ends, in monotonic ms; undefined when there is none. */
  get nextEndsAt(): number | undefined {
    return this.#ending[0]?.endsAt;
  }

  begin(symbol: StockSymbol, now: number): void {
    const window = { symbol, endsAt: now + this.#windowMs, pending: undefined };
    this.#bySymbol.set(symbol, window);
    this.#ending.push(window);
  }

  /** Ends those whose time is over. */
  endDue(now: number): readonly Window[] {
    const later = this.#ending.findIndex(({ endsAt }) => endsAt > now);
    const due = later < 0 ? this.#ending : this.#ending.slice(0, later);
    this.#ending = later < 0 ? [] : this.#ending.slice(later);
    for (const { symbol } of due) this.#bySymbol.delete(symbol);
    return due;
  }

  endAll(): readonly Window[] {
    return this.endDue(Number.POSITIVE_INFINITY);
  }
}

/** Windows that end within so long of each other are ended together. */
const turnMs = 10;

/** Lets one tick of each symbol through in `windowMs`. */
export function createConflator(deps: ConflatorDeps, windowMs: number): Conflator {
  const { push, clock, onConflated } = deps;
  const windows = new Windows(windowMs);
  let cancel: Cancel | undefined;
  let waiting = 0;

  function awaitNext(now: number): void {
    const { nextEndsAt } = windows;
    if (nextEndsAt !== undefined) cancel ??= clock.after(Math.max(turnMs, nextEndsAt - now), endDue);
  }

  function endDue(): void {
    cancel = undefined;
    const now = clock.monotonic();
    for (const { symbol, pending } of windows.endDue(now)) {
      if (pending === undefined) continue;
      waiting--;
      windows.begin(symbol, now);
      push(pending);
    }
    awaitNext(now);
  }

  function conflate(window: Window, tick: PendingTick): void {
    const { pending } = window;
    if (pending?.flags === tick.flags) {
      window.pending = merged(pending, tick);
      onConflated();
      return;
    }
    if (pending === undefined) waiting++;
    else push(pending);
    window.pending = tick;
  }

  return {
    push(tick) {
      const window = windows.of(tick.symbol);
      if (window !== undefined) {
        conflate(window, tick);
        return;
      }
      const now = clock.monotonic();
      windows.begin(tick.symbol, now);
      awaitNext(now);
      push(tick);
    },
    waiting: () => waiting,
    flush() {
      cancel?.();
      cancel = undefined;
      waiting = 0;
      for (const { pending } of windows.endAll()) if (pending !== undefined) push(pending);
    },
  };
}

function merged(older: PendingTick, newer: PendingTick): PendingTick {
  return {
    ...newer,
    ...takenOver(older, newer),
    high: Math.max(older.high ?? older.price, newer.price),
    low: Math.min(older.low ?? older.price, newer.price),
  };
}
