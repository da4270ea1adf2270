import { FanoutError, type HistoryEntry } from '#fanout/ports.ts';
import type { HubCounts } from '#hub/counts.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { RetryGate } from './retry-gate.ts';

/** What a read waits for where the fanout does not answer. */
export interface PatientReadDeps {
  readonly counts: HubCounts;
  readonly retryGate: RetryGate;
  /** The part of the fanout that holds the symbol; `''` where it has none. */
  readonly partOf: (symbol: StockSymbol) => string;
}

/**
 * Reads the history of `symbol`, again and again while the fanout is away; `failing` hears how each attempt went.
 * @throws FanoutError when the fanout is closed, or what is stored of this symbol can not be read: that is the matter of
 * the symbol alone, and time does not mend it
 */
export async function readPatiently(
  read: () => Promise<readonly HistoryEntry[]>,
  symbol: StockSymbol,
  { counts, retryGate, partOf }: PatientReadDeps,
  failing: (isFailing: boolean) => void,
): Promise<readonly HistoryEntry[]> {
  for (let waitedFor: string | undefined; ; ) {
    try {
      counts.historyReads++;
      const entries = await read();
      failing(false);
      retryGate.answered(partOf(symbol));
      // Its symbols may be held elsewhere by now, and those that waited with this one do not know.
      if (waitedFor !== undefined) retryGate.answered(waitedFor);
      counts.historyEntries += entries.length;
      return entries;
    } catch (error) {
      if (!(error instanceof FanoutError) || isClosed(error)) throw error;
      counts.historyFailures++;
      if (isUnreadable(error)) {
        failing(false);
        counts.historyUnreadable++;
        throw error;
      }
      failing(true);
      waitedFor = partOf(symbol);
      await retryGate.pause(waitedFor);
    }
  }
}

/** Whether the fanout was closed: nothing more can be read from it. */
export function isClosed(error: unknown): boolean {
  return error instanceof FanoutError && error.code === 'closed';
}

/** Whether what is stored can not be decoded: reading it again does not help. */
export function isUnreadable(error: unknown): boolean {
  return error instanceof FanoutError && error.code === 'unreadable';
}
