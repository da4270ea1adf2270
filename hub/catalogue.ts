import { type CatalogueEntry, type Directory, FanoutError } from '#fanout/ports.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Logger } from '#runtime/logger.ts';

export interface CatalogueLimits {
  /**
   * How long symbols stay that the catalogue has lost: until its sources, one after the other, have
   * announced them again.
   */
  readonly catalogueKeepMs: number;
}

export interface CatalogueDeps {
  readonly directory: Directory;
  readonly log: Logger;
  /** ms of a clock that never goes back. */
  readonly now: () => number;
}

/** The hub's copy of the catalogue: which symbols exist. Kept when the fanout is away. */
export interface Catalogue {
  has(symbol: StockSymbol): boolean;
  /** The source that brings it; undefined: there is no such symbol. */
  sourceOf(symbol: StockSymbol): string | undefined;
  /** The sources that bring them. */
  readonly sourceNames: ReadonlySet<string>;
  readonly entries: readonly CatalogueEntry[];
  /** Reads the catalogue again if it changed; keeps what it has when the fanout is away. */
  refresh(): Promise<void>;
}

export function createCatalogue(deps: CatalogueDeps, limits: CatalogueLimits): Catalogue {
  const { directory, log, now } = deps;
  let version: string | undefined;
  /** Until when symbols are kept that the catalogue no longer has; 0 = there are none. */
  let keepUntil = 0;
  let entries: readonly CatalogueEntry[] = [];
  let sources: ReadonlyMap<StockSymbol, string> = new Map();
  let sourceNames: ReadonlySet<string> = new Set();

  /** Symbols are only ever added: those that are missing are not withdrawn, but lost with Redis' data. */
  const withKept = (read: readonly CatalogueEntry[]): readonly CatalogueEntry[] => {
    const present = new Set(read.map(({ symbol }) => symbol));
    const kept = entries.filter(({ symbol }) => !present.has(symbol));
    if (kept.length === 0) keepUntil = 0;
    else if (keepUntil === 0) keepUntil = now() + limits.catalogueKeepMs;
    else if (now() >= keepUntil) {
      keepUntil = 0;
      return read;
    }
    return [...read, ...kept];
  };

  const read = async (): Promise<void> => {
    const current = await directory.catalogueVersion();
    const keptLongEnough = keepUntil !== 0 && now() >= keepUntil;
    if (current === version && !keptLongEnough) return;
    const read = await directory.catalogue();
    if (read.length === 0 && entries.length > 0) return; // lost, not emptied: its sources announce it again
    entries = [...withKept(read)].sort((a, b) => (a.symbol < b.symbol ? -1 : 1));
    sources = new Map(entries.map(({ symbol, source }) => [symbol, source]));
    sourceNames = new Set(sources.values());
    version = current;
    log.info({ symbols: entries.length }, 'catalogue read');
  };

  return {
    has: (symbol) => sources.has(symbol),
    sourceOf: (symbol) => sources.get(symbol),
    get sourceNames() {
      return sourceNames;
    },
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
