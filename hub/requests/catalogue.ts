import { type CatalogueEntry, type Directory, FanoutError } from '#fanout/ports.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Logger } from '#runtime/logger.ts';
import { forEachInRounds, type NextRound, sortInRounds } from './in-rounds.ts';
import { createSymbolMap } from './symbol-map.ts';

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
  /** Default: `setImmediate`. */
  readonly nextRound?: NextRound;
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
  const { directory, log, now, nextRound = setImmediate } = deps;
  let version: string | undefined;
  /** Until when symbols are kept that the catalogue no longer has; 0 = there are none. */
  let keepUntil = 0;
  let entries: readonly CatalogueEntry[] = [];
  let sources = createSymbolMap<string>();
  let sourceNames: ReadonlySet<string> = new Set();

  /**
   * Symbols that are missing may have left, or be lost with Redis' data: they stay until their sources have had the time
   * to announce them again. @returns whether they do
   */
  const keeps = (missing: number): boolean => {
    if (missing > 0 && keepUntil === 0) keepUntil = now() + limits.catalogueKeepMs;
    const kept = missing > 0 && now() < keepUntil;
    if (!kept) keepUntil = 0;
    return kept;
  };

  const read = async (): Promise<void> => {
    const current = await directory.catalogueVersion();
    const keptLongEnough = keepUntil !== 0 && now() >= keepUntil;
    if (current === version && !keptLongEnough) return;
    const read = await directory.catalogue();
    if (read.length === 0 && entries.length > 0) return; // lost, not emptied: its sources announce it again
    const { found, names, taken, take } = createCollection();
    await forEachInRounds(read, take, nextRound);
    const missing: CatalogueEntry[] = [];
    const miss = (entry: CatalogueEntry): void => {
      if (found.get(entry.symbol) === undefined) missing.push(entry);
    };
    await forEachInRounds(entries, miss, nextRound);
    if (keeps(missing.length)) await forEachInRounds(missing, take, nextRound);
    entries = await sortInRounds(taken, isBefore, nextRound);
    [sources, sourceNames, version] = [found, names, current];
    log.info({ symbols: entries.length }, 'catalogue read');
  };

  const refresh = async (): Promise<void> => {
    try {
      await read();
    } catch (error) {
      if (!(error instanceof FanoutError)) throw error;
      log.debug({ code: error.code }, 'catalogue not read'); // the fanout reports its own outage
    }
  };
  /** A large one takes longer to read than the time between two looks at it. */
  let refreshing: Promise<void> | undefined;

  return {
    has: (symbol) => sources.get(symbol) !== undefined,
    sourceOf: (symbol) => sources.get(symbol),
    get sourceNames() {
      return sourceNames;
    },
    get entries() {
      return entries;
    },
    refresh() {
      refreshing ??= refresh().finally(() => {
        refreshing = undefined;
      });
      return refreshing;
    },
  };
}

/** Takes the first entry of each symbol. */
function createCollection() {
  const found = createSymbolMap<string>();
  const names = new Set<string>();
  const taken: CatalogueEntry[] = [];
  const take = (entry: CatalogueEntry): void => {
    if (found.get(entry.symbol) !== undefined) return;
    found.set(entry.symbol, entry.source);
    names.add(entry.source);
    taken.push(entry);
  };
  return { found, names, taken, take };
}

function isBefore(a: CatalogueEntry, b: CatalogueEntry): boolean {
  return a.symbol < b.symbol;
}
