import { parseSymbol, type StockSymbol } from '#protocol/symbol.ts';
import { FileError, type FileFormatOptions, readFileRows } from './file-rows.ts';

/** How much of a file is looked through for its symbols. */
export interface ScanLimits {
  /** Rows that are read; a symbol that first comes later is not found. */
  readonly rowsMax: number;
  readonly symbolsMax: number;
}

/** So that a huge file does not hold up the start. */
export const scanLimits: ScanLimits = { rowsMax: 5_000_000, symbolsMax: 100_000 };

/** The symbols that a file was found to have. */
export interface ScannedSymbols {
  /** In the order in which they come in the file. */
  readonly symbols: readonly StockSymbol[];
  /** False when a limit was met before the end of the file. */
  readonly complete: boolean;
}

/**
 * The symbols of a file, so that they can be announced before it is replayed. Finds out at the start of
 * the process, too, that a file is not there or lacks a column.
 * @throws FileError
 */
export async function scanFileSymbols(
  options: FileFormatOptions,
  limits: ScanLimits,
): Promise<ScannedSymbols> {
  const symbols = new Set<StockSymbol>();
  let rows = 0;
  for await (const row of readFileRows(options, new AbortController().signal)) {
    const symbol = row === 'malformed' ? undefined : parseSymbol(row.symbol);
    const full = rows >= limits.rowsMax || (symbols.size >= limits.symbolsMax && isNew(symbol, symbols));
    if (full) return { symbols: [...symbols], complete: false };
    if (symbol !== undefined) symbols.add(symbol);
    rows++;
  }
  if (symbols.size === 0) throw new FileError(`${options.path}: no row has a valid symbol`);
  return { symbols: [...symbols], complete: true };
}

function isNew(symbol: StockSymbol | undefined, known: ReadonlySet<StockSymbol>): boolean {
  return symbol !== undefined && !known.has(symbol);
}
