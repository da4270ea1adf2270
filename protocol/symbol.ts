declare const stockSymbol: unique symbol;

/**
 * The name of an instrument, e.g. `AAPL`, `BRK.B`, `BTC-USD`, `EUR/USD`.
 * 1 to 32 characters: a letter or digit, then letters, digits and `. - _ / : = ^ +`.
 * No white space, no control character, none of the characters that Redis gives a meaning
 * in a pattern or a hash tag. Case matters.
 */
export type StockSymbol = string & { readonly [stockSymbol]: true };

/** Characters of a symbol, each of one byte. */
export const symbolLengthMax = 32;

const pattern = /^[A-Za-z0-9][A-Za-z0-9.\-_/:=^+]{0,31}$/;

/** The symbol, or undefined when `value` is not the name of one. The only place that mints a StockSymbol. */
export function parseSymbol(value: unknown): StockSymbol | undefined {
  return typeof value === 'string' && pattern.test(value) ? (value as StockSymbol) : undefined;
}
