import type { FanoutError, History, HistoryEntry, LiveFeed, LiveListener } from '#fanout/ports.ts';
import type { HubCounts } from '#hub/counts.ts';
import { isUnreadable } from '#hub/symbols/patient-read.ts';
import { createSlots } from '#hub/symbols/slots.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { createDelayGate, type DelayClocks, type DelayGate } from './delay-gate.ts';
import { DelayedReader, type DelayedReaderLimits } from './delayed-reader.ts';
import { beginning, newestAdmitted } from './newest-admitted.ts';

/** How many reads of the history are under way, and what each may bring. */
export interface DelayedFeedLimits extends DelayedReaderLimits {
  /** Reads of the history under way at a time. */
  readonly historyReadsMax: number;
}

/** The history that is told late, and the clocks that say how late. */
export interface DelayedFeedDeps extends DelayClocks {
  readonly history: History;
  readonly counts: HubCounts;
}

/**
 * The fanout as it was `delayMs` ago: a history without what is younger, and a live feed that brings each entry when
 * it has come of age. Feeds over it are like feeds over the fanout itself, and so is what hangs on them.
 */
export interface DelayedFeed {
  readonly live: LiveFeed;
  readonly history: History;
  /** Brings what is old enough by now; to be called often. */
  look(): void;
}

/** Tells everything `delayMs` late; needs `look` again and again. */
export function createDelayedFeed(
  deps: DelayedFeedDeps,
  delayMs: number,
  limits: DelayedFeedLimits,
): DelayedFeed {
  const gate = createDelayGate(deps, delayMs);
  const reads = createSlots(limits.historyReadsMax);
  const paced: Pick<History, 'after' | 'before'> = {
    after: (...asked) => reads(() => deps.history.after(...asked)),
    before: (...asked) => reads(() => deps.history.before(...asked)),
  };
  const { counts, elapsedMs } = deps;
  const readerDeps = { history: paced, gate, counts, elapsedMs, delayMs };
  const readers = new Map<StockSymbol, DelayedReader>();
  let listener: LiveListener | undefined;

  const live: LiveFeed = {
    listen(added) {
      listener = added;
    },
    async subscribe(symbols) {
      for (const symbol of symbols) {
        const receiver = listener?.receiverOf(symbol);
        if (receiver === undefined) continue;
        readers.get(symbol)?.close();
        readers.set(symbol, new DelayedReader(symbol, receiver, readerDeps, limits));
      }
    },
    unsubscribe(symbols) {
      for (const symbol of symbols) {
        readers.get(symbol)?.close();
        readers.delete(symbol);
      }
    },
    silentParts: () => [],
    partCount: () => 1,
    partOf: () => undefined,
  };

  return {
    live,
    history: createDelayedHistory(deps.history, paced, gate, readers),
    look() {
      for (const reader of readers.values()) reader.look();
    },
  };
}

/** @param paced for looking for the newest entries, which takes many reads */
function createDelayedHistory(
  history: History,
  paced: Pick<History, 'after' | 'before'>,
  gate: DelayGate,
  readers: ReadonlyMap<StockSymbol, DelayedReader>,
): History {
  const newest = async (symbol: StockSymbol, entriesMax: number): Promise<readonly HistoryEntry[]> => {
    const reader = readers.get(symbol);
    const found = await newestAdmitted(paced, symbol, gate);
    reader?.begin(found?.position ?? beginning);
    if (found === undefined) return [];
    const older = entriesMax > 1 ? await paced.before(symbol, found.position, entriesMax - 1) : [];
    return gate.admit([found, ...older]);
  };
  return {
    async after(symbol, position, entriesMax) {
      const entries = gate.admit(await history.after(symbol, position, entriesMax));
      if (entries.length > 0) return entries;
      // Released out of memory, while the history has let go of it: it is told as what it is, a trimmed history.
      return readers.get(symbol)?.releasedAfter(position) ?? [];
    },
    async before(symbol, position, entriesMax) {
      if (position === undefined) return newest(symbol, entriesMax);
      return gate.admit(await history.before(symbol, position, entriesMax));
    },
    newest: (requests) =>
      Promise.all(
        requests.map(({ symbol, entriesMax }) =>
          newest(symbol, entriesMax).catch((error: unknown) => {
            if (isUnreadable(error)) return error as FanoutError; // the matter of this symbol alone
            throw error;
          }),
        ),
      ),
  };
}
