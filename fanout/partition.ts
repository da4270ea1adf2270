import type { StockSymbol } from '#protocol/symbol.ts';

/**
 * The number of partitions: symbols are spread over so many hash tags, which a cluster spreads over
 * its nodes. Changing it orphans every stream, so it is not configurable.
 */
export const partitionCount = 128;

/**
 * The partition of a symbol, 0 … 127; the same in every process and version. FNV-1a, 32 bits, folded
 * (offset basis and prime: https://www.rfc-editor.org/rfc/rfc9923).
 */
export function partitionOf(symbol: StockSymbol): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < symbol.length; i++) hash = Math.imul(hash ^ symbol.charCodeAt(i), 0x01000193);
  return (hash ^ (hash >>> 7) ^ (hash >>> 14) ^ (hash >>> 21)) & (partitionCount - 1);
}
