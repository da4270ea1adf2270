import { styleText } from 'node:util';
import { decimalsOf, PriceDecimals, plainNumber, type Update } from '#client/mod.ts';

/** Writes updates as aligned lines; remembers the last price of each symbol for the change, and its decimals. */
export interface Lines {
  readonly header: string;
  line(update: Update): string;
}

interface Shown {
  readonly decimals: PriceDecimals;
  price: number;
}

/** @param coloured whether the change is shown in green and red */
export function createLines(symbols: readonly string[], coloured: boolean): Lines {
  const symbolWidth = Math.max('symbol'.length, ...symbols.map((symbol) => symbol.length));
  const shownBySymbol = new Map<string, Shown>();

  const row = (symbol: string, cells: readonly string[]): string => {
    const aligned = cells.map((cell, index) => cell.padStart(widths[index] ?? 0));
    return [symbol.padEnd(symbolWidth), ...aligned].join('  ').trimEnd();
  };

  const shownOf = ({ symbol, price }: Update): Shown => {
    const known = shownBySymbol.get(symbol);
    if (known !== undefined) return known;
    const shown = { decimals: new PriceDecimals(), price };
    shownBySymbol.set(symbol, shown);
    return shown;
  };

  return {
    header: row('symbol', ['price', 'change', 'bid', 'ask', 'size', 'time (UTC)', 'seq']),
    line(update) {
      const { symbol, price, bid, ask, size, timestamp } = update;
      const shown = shownOf(update);
      const { decimals } = shown;
      decimals.see(price, bid, ask);
      const change = price - shown.price;
      shown.price = price;
      const prices = [
        decimals.text(price),
        signed(change, decimals),
        optional(bid, decimals),
        optional(ask, decimals),
      ];
      const text = row(symbol, [...prices, quantity(size), timestamp.slice(11, 23), sequence(update)]);
      if (!coloured || change === 0) return text;
      return styleText(change > 0 ? 'green' : 'red', text, { validateStream: false });
    },
  };
}

/** Characters of price, change, bid, ask, size, time and sequence; longer ones push the line, nothing is cut. */
const widths = [12, 10, 12, 12, 10, 12, 8] as const;

function sequence({ from, seq, snapshot }: Update): string {
  if (snapshot) return `${seq} (last known)`;
  return from === seq ? String(seq) : `${from}-${seq}`;
}

function optional(price: number | undefined, decimals: PriceDecimals): string {
  return price === undefined ? '-' : decimals.text(price);
}

function quantity(size: number | undefined): string {
  return size === undefined ? '-' : plainNumber(size, decimalsOf(size));
}

function signed(change: number, decimals: PriceDecimals): string {
  const rounded = Number(change.toFixed(decimals.count));
  if (rounded === 0) return '-';
  return rounded > 0 ? `+${decimals.text(rounded)}` : decimals.text(rounded);
}
