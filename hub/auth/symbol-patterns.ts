/** Each name with a `*` is tried in turn: a token of 8 KB could hold thousands, a request 2,000 symbols. */
export const patternsMax = 64;

/**
 * What tells the symbols that a list names, e.g. `["AAPL", "US.*"]`; `*` stands for any characters, or none.
 * Undefined when more than `patternsMax` of them have a `*`.
 */
export function matcherOf(names: readonly string[]): ((symbol: string) => boolean) | undefined {
  const exact = new Set<string>(names);
  const patterns = [...exact].filter((name) => name.includes('*')).map((name) => name.split(/\*+/));
  if (patterns.length > patternsMax) return undefined;
  return (symbol) => exact.has(symbol) || patterns.some((pieces) => fits(symbol, pieces));
}

/**
 * Whether `symbol` begins with the first of the pieces, ends with the last, and has the others between, in their
 * order. Taking each where it comes first is right, and linear; a regular expression made of a token would not be.
 */
function fits(symbol: string, pieces: readonly string[]): boolean {
  const [head = ''] = pieces;
  const feed = pieces.at(-1) ?? '';
  if (!symbol.startsWith(head) || !symbol.endsWith(feed)) return false;
  const end = symbol.length - feed.length;
  let at = head.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = symbol.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return at <= end;
}
