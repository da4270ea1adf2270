import { styleText } from 'node:util';
import type { Update } from '../mod.ts';

/** Writes updates as aligned lines; remembers the last price of each symbol for the change. */
export interface Lines {
  readonly header: string;
  line(update: Update): string;
}

/** @param coloured whether the change is shown in green and red */
export function createLines(symbols: readonly string[], coloured: boolean): Lines {
  const symbolWidth = Math.max('symbol'.length, ...symbols.map((symbol) => symbol.length));
  const lastPrices = new Map<string, number>();

  const row = (symbol: string, cells: readonly string[]): string => {
    const aligned = cells.map((cell, index) => cell.padStart(widths[index] ?? 0));
    return [symbol.padEnd(symbolWidth), ...aligned].join('  ').trimEnd();
  };

  return {
    header: row('symbol', ['price', 'change', 'bid', 'ask', 'size', 'time (UTC)', 'seq']),
    line(update) {
      const { symbol, price, bid, ask, size, timestamp } = update;
      const change = price - (lastPrices.get(symbol) ?? price);
      lastPrices.set(symbol, price);
      const shown = [number(price), signed(change), number(bid), number(ask), number(size)];
      const text = row(symbol, [...shown, timestamp.slice(11, 23), sequence(update)]);
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

/** As many digits as the number has, two at least, eight at most. */
function number(value: number | undefined): string {
  if (value === undefined) return '-';
  if (Number.isInteger(value)) return String(value);
  const digits = value.toFixed(8).replace(/0+$/, '');
  return /\.\d$/.test(digits) ? `${digits}0` : digits;
}

function signed(change: number): string {
  const rounded = Number(change.toFixed(8));
  if (rounded === 0) return '-';
  return rounded > 0 ? `+${number(rounded)}` : number(rounded);
}
