import type { HistoryEntry } from '#fanout/ports.ts';
import type { Position } from '#protocol/position.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { FeedDeps, FeedLimits } from './feed-deps.ts';
import { isUnreadable, readPatiently } from './patient-read.ts';

/** Reads one symbol's history for its feed, which can not go on without: again and again while the fanout is away. */
export class FeedReader {
  readonly #symbol: StockSymbol;
  readonly #deps: FeedDeps;
  /** Entries of a page: fewer come only where there are no more. */
  readonly pageEntriesMax: number;
  #failing = false;

  constructor(symbol: StockSymbol, deps: FeedDeps, { pageEntriesMax }: Pick<FeedLimits, 'pageEntriesMax'>) {
    this.#symbol = symbol;
    this.#deps = deps;
    this.pageEntriesMax = pageEntriesMax;
  }

  /** The latest read failed; it is tried again. */
  get failing(): boolean {
    return this.#failing;
  }

  /** The newest entries, newest first. @throws FanoutError when the fanout is closed, or this history is unreadable */
  newest(entriesMax: number): Promise<readonly HistoryEntry[]> {
    return this.#patiently(() => this.#deps.history.newest(this.#symbol, entriesMax));
  }

  /** The newest entry, if there is one; `undefined` where this symbol's history can not be read. */
  newestOne(): Promise<readonly HistoryEntry[] | undefined> {
    return ifReadable(this.newest(1));
  }

  /** A page of what came after `position`, oldest first; `undefined` where this symbol's history can not be read. */
  after(position: Position): Promise<readonly HistoryEntry[] | undefined> {
    return ifReadable(
      this.#patiently(() => this.#deps.history.after(this.#symbol, position, this.pageEntriesMax)),
    );
  }

  /** A page of what came before `position`, newest first; `undefined` where this symbol's history can not be read. */
  before(position: Position): Promise<readonly HistoryEntry[] | undefined> {
    return ifReadable(
      this.#patiently(() => this.#deps.history.before(this.#symbol, position, this.pageEntriesMax)),
    );
  }

  #patiently(read: () => Promise<readonly HistoryEntry[]>): Promise<readonly HistoryEntry[]> {
    return readPatiently(read, this.#symbol, this.#deps, (failing) => {
      this.#failing = failing;
    });
  }
}

async function ifReadable<Read>(reading: Promise<Read>): Promise<Read | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isUnreadable(error)) return undefined;
    throw error;
  }
}
