import type { StockSymbol } from '#protocol/symbol.ts';

/** The clock that pauses are measured by, and the chance that spreads them. */
export interface UnreadableSymbolsDeps {
  /** ms of a clock that never goes back. */
  readonly elapsedMs: () => number;
  /** 0 … 1 */
  readonly random: () => number;
}

/** Symbols whose key in Redis holds something that is not ours: who asks for one is refused, and Redis seldom asked. */
export interface UnreadableSymbols {
  /** Whether it is too early to look at the symbol again. */
  isHeldBack(symbol: StockSymbol): boolean;
  failed(symbol: StockSymbol): void;
  /** It could be read. */
  mended(symbol: StockSymbol): void;
}

const firstPauseMs = 500;
const longestPauseMs = 60_000;
/** Beyond it the oldest is forgotten, and looked at once more. */
const symbolsMax = 10_000;

/** No symbol is held back at first. */
export function createUnreadableSymbols({ elapsedMs, random }: UnreadableSymbolsDeps): UnreadableSymbols {
  /** In the order of their latest failure. */
  const pauses = new Map<StockSymbol, { readonly pauseMs: number; readonly until: number }>();
  return {
    isHeldBack: (symbol) => elapsedMs() < (pauses.get(symbol)?.until ?? 0),
    failed(symbol) {
      const before = pauses.get(symbol)?.pauseMs;
      const pauseMs = before === undefined ? firstPauseMs : Math.min(2 * before, longestPauseMs);
      pauses.delete(symbol);
      // Half of it is chance, so that what broke together is not looked at together.
      pauses.set(symbol, { pauseMs, until: elapsedMs() + pauseMs * (0.5 + random() / 2) });
      const [oldest] = pauses.keys();
      if (pauses.size > symbolsMax && oldest !== undefined) pauses.delete(oldest);
    },
    mended: (symbol) => void pauses.delete(symbol),
  };
}
