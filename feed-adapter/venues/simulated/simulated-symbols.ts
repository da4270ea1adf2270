import { parseSymbol, type StockSymbol } from '#protocol/symbol.ts';

/** What a simulated instrument starts from. */
export interface Listing {
  readonly symbol: StockSymbol;
  /** First price, in dollars. */
  readonly price: number;
  /** Standard deviation of a year's return, e.g. 0.3. */
  readonly volatility: number;
}

/** Symbols that one simulated market can have. */
export const listingsMax = 100_000;

/**
 * The first `count` listings: `TICK`, which is there for tests and trades around the clock, then
 * well-known US tickers, then made-up names (`ZAAAA`, `ZAAAB`, …).
 */
export function listSimulated(count: number, random: () => number): readonly Listing[] {
  return Array.from({ length: count }, (_, index) => wellKnown[index] ?? madeUp(index, random));
}

function madeUp(index: number, random: () => number): Listing {
  const price = Math.exp(Math.log(5) + random() * Math.log(100)); // 5 to 500, cheap ones as frequent as dear ones
  return listing(`Z${letters(index - wellKnown.length)}`, price, 0.15 + random() * 0.6);
}

/** 0 → `AAAA`, 1 → `AAAB`, … */
function letters(number: number): string {
  let name = '';
  for (let rest = number; name.length < 4; rest = Math.floor(rest / 26))
    name = String.fromCharCode(65 + (rest % 26)) + name;
  return name;
}

function listing(name: string, price: number, volatility: number): Listing {
  const symbol = parseSymbol(name);
  if (symbol === undefined) throw new Error(`not a symbol: ${name}`);
  return { symbol, price, volatility };
}

/** Prices are plausible, not those of a certain day. */
const wellKnown: readonly Listing[] = [
  listing('TICK', 100, 0.4),
  listing('AAPL', 228, 0.26),
  listing('MSFT', 420, 0.24),
  listing('NVDA', 140, 0.5),
  listing('AMZN', 200, 0.32),
  listing('GOOGL', 175, 0.28),
  listing('META', 570, 0.36),
  listing('TSLA', 330, 0.58),
  listing('BRK.B', 470, 0.15),
  listing('AVGO', 172, 0.42),
  listing('JPM', 243, 0.22),
  listing('LLY', 780, 0.32),
  listing('V', 310, 0.19),
  listing('UNH', 590, 0.25),
  listing('XOM', 120, 0.23),
  listing('MA', 525, 0.2),
  listing('COST', 925, 0.21),
  listing('HD', 405, 0.22),
  listing('PG', 168, 0.16),
  listing('JNJ', 154, 0.16),
  listing('WMT', 86, 0.18),
  listing('NFLX', 840, 0.36),
  listing('ABBV', 168, 0.22),
  listing('BAC', 46, 0.26),
  listing('CRM', 330, 0.34),
  listing('ORCL', 188, 0.32),
  listing('KO', 63, 0.14),
  listing('MRK', 98, 0.2),
  listing('CVX', 158, 0.23),
  listing('AMD', 140, 0.5),
  listing('PEP', 160, 0.16),
  listing('CSCO', 58, 0.2),
  listing('ADBE', 505, 0.34),
  listing('MCD', 293, 0.17),
  listing('IBM', 208, 0.23),
  listing('DIS', 112, 0.27),
  listing('INTC', 25, 0.48),
  listing('QCOM', 160, 0.36),
  listing('BA', 145, 0.36),
  listing('NKE', 76, 0.32),
  listing('GE', 180, 0.3),
];
