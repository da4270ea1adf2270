import { type CatalogueEntry, type Directory, FanoutError } from '#fanout/ports.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Logger } from '#runtime/logger.ts';

/** The hub's copy of the catalogue: which symbols exist. Kept when the fanout is away. */
export interface Catalogue {
  has(symbol: StockSymbol): boolean;
  readonly entries: readonly CatalogueEntry[];
  /** Reads the catalogue again if it changed; keeps what it has when the fanout is away. */
  refresh(): Promise<void>;
}

export function createCatalogue(deps: { readonly directory: Directory; readonly log: Logger }): Catalogue {
  const { directory, log } = deps;
  let version: string | undefined;
  let entries: readonly CatalogueEntry[] = [];
  let symbols: ReadonlySet<StockSymbol> = new Set();

  const read = async (): Promise<void> => {
    const current = await directory.catalogueVersion();
    if (current === version) return;
    const read = await directory.catalogue();
    if (read.length === 0 && entries.length > 0) return; // lost, not emptied: its sources announce it again
    entries = [...read].sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
    symbols = new Set(entries.map((entry) => entry.symbol));
    version = current;
    log.info({ symbols: entries.length }, 'catalogue read');
  };

  return {
    has: (symbol) => symbols.has(symbol),
    get entries() {
      return entries;
    },
    async refresh() {
      try {
        await read();
      } catch (error) {
        if (!(error instanceof FanoutError)) throw error;
        log.debug({ code: error.code }, 'catalogue not read'); // the fanout reports its own outage
      }
    },
  };
}
