import type { StockSymbol } from '#protocol/symbol.ts';

/** One instrument of a venue under both of its names. */
export interface VenueSymbol {
  /** Ours, e.g. `BTC-USD`. */
  readonly symbol: StockSymbol;
  /** The venue's, e.g. `BTCUSDT`; absent: the same as ours. */
  readonly venueSymbol?: string;
}

/** The instruments that a venue was asked for; translates the venue's names into ours. */
export class VenueSymbols {
  readonly ours: readonly StockSymbol[];
  readonly theirs: readonly string[];
  /** A map and no object, so that a venue may well send `__proto__`. */
  readonly #oursByTheirs = new Map<unknown, StockSymbol>();

  /** @throws RangeError when there is none, or two of ours stand for one of theirs (or the reverse). */
  constructor(entries: readonly VenueSymbol[]) {
    if (entries.length === 0) throw new RangeError('a venue needs at least one symbol');
    this.ours = entries.map((entry) => entry.symbol);
    this.theirs = entries.map((entry) => entry.venueSymbol ?? entry.symbol);
    refuseRepeated(this.ours);
    refuseRepeated(this.theirs);
    for (const { symbol, venueSymbol } of entries) this.#oursByTheirs.set(venueSymbol ?? symbol, symbol);
  }

  /** Our name for the venue's, or undefined when it is none that we asked for. */
  oursOf(theirs: unknown): StockSymbol | undefined {
    return this.#oursByTheirs.get(theirs);
  }
}

function refuseRepeated(names: readonly string[]): void {
  const known = new Set<string>();
  for (const name of names) {
    if (known.has(name)) throw new RangeError(`the symbol ${name} is listed twice`);
    known.add(name);
  }
}
