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

/** Windows that end within so long of each other are ended together. */
const turnMs = 10;

export function createConflator(deps: ConflatorDeps, windowMs: number): Conflator {
  const { push, clock, onConflated } = deps;
  const windows = new Map<StockSymbol, Window>();
  /** In the order in which they end: all are equally long. */
  let ending: Window[] = [];
  let cancel: Cancel | undefined;
  let waiting = 0;

  const begin = (symbol: StockSymbol, now: number): void => {
    const window = { symbol, endsAt: now + windowMs, pending: undefined };
    windows.set(symbol, window);
    ending.push(window);
  };

  const awaitNext = (now: number): void => {
    const [next] = ending;
    if (next !== undefined) cancel ??= clock.after(Math.max(turnMs, next.endsAt - now), endDue);
  };

  const end = ({ symbol, pending }: Window, now: number): void => {
    windows.delete(symbol);
    if (pending === undefined) return;
    waiting--;
    begin(symbol, now);
    push(pending);
  };

  const endDue = (): void => {
    cancel = undefined;
    const now = clock.monotonic();
    const later = ending.findIndex(({ endsAt }) => endsAt > now);
    const due = later < 0 ? ending : ending.slice(0, later);
    ending = later < 0 ? [] : ending.slice(later);
    for (const window of due) end(window, now);
    awaitNext(now);
  };

  const conflate = (window: Window, tick: PendingTick): void => {
    const { pending } = window;
    if (pending?.flags === tick.flags) {
      window.pending = merged(pending, tick);
      onConflated();
      return;
    }
    if (pending === undefined) waiting++;
    else push(pending);
    window.pending = tick;
  };

  return {
    push(tick) {
      const window = windows.get(tick.symbol);
      if (window !== undefined) {
        conflate(window, tick);
        return;
      }
      const now = clock.monotonic();
      begin(tick.symbol, now);
      awaitNext(now);
      push(tick);
    },
    waiting: () => waiting,
    flush() {
      cancel?.();
      cancel = undefined;
      const ended = ending;
      ending = [];
      windows.clear();
      waiting = 0;
      for (const { pending } of ended) if (pending !== undefined) push(pending);
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
