import type { StockSymbol } from '#protocol/symbol.ts';

/** A value for each of many symbols. */
export interface SymbolMap<Value> {
  get(symbol: StockSymbol): Value | undefined;
  set(symbol: StockSymbol, value: Value): void;
}

const parts = 256;

/**
 * A map in many small ones: a `Map` that grows beyond half a million entries holds up the event loop for some 100 ms
 * while it doubles its table.
 */
export function createSymbolMap<Value>(): SymbolMap<Value> {
  const maps = Array.from({ length: parts }, () => new Map<StockSymbol, Value>());
  const mapOf = (symbol: StockSymbol): Map<StockSymbol, Value> | undefined => {
    let hash = 0;
    for (let i = 0; i < symbol.length; i++) hash = (hash * 31 + symbol.charCodeAt(i)) | 0;
    return maps[hash & (parts - 1)];
  };
  return {
    get: (symbol) => mapOf(symbol)?.get(symbol),
    set: (symbol, value) => void mapOf(symbol)?.set(symbol, value),
  };
}
