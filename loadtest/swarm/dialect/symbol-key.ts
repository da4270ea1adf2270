/**
 * A symbol as one number, so that neither text is made nor compared for an update. FNV-1a over its bytes, 32
 * bits and never 0. `keysOf` refuses lists in which two symbols share a key.
 */
export function keyOfBytes(bytes: Uint8Array, start: number, end: number): number {
  let hash = offsetBasis;
  for (let at = start; at < end; at++) hash = Math.imul(hash ^ (bytes[at] as number), prime);
  return hash === 0 ? 1 : hash;
}

/** The same of text; symbols are ASCII (`protocol/symbol.ts`). */
export function keyOfText(symbol: string): number {
  let hash = offsetBasis;
  for (let at = 0; at < symbol.length; at++) hash = Math.imul(hash ^ symbol.charCodeAt(at), prime);
  return hash === 0 ? 1 : hash;
}

/** @throws Error when two of them share a key; among 50,000 that happens to one list in four */
export function keysOf(symbols: readonly string[]): ReadonlyMap<number, string> {
  const byKey = new Map<number, string>();
  for (const symbol of new Set(symbols)) {
    const key = keyOfText(symbol);
    const other = byKey.get(key);
    if (other !== undefined)
      throw new Error(`${other} and ${symbol} have the same key: leave one of them out`);
    byKey.set(key, symbol);
  }
  return byKey;
}

const offsetBasis = 0x811c9dc5 | 0;
const prime = 0x01000193;
