import { FanoutError, type HistoryEntry } from '#fanout/ports.ts';
import type { HubCounts } from './counts.ts';

const firstPauseMs = 100;
const pauseMsMax = 2000;

/**
 * Reads the history, again and again while the fanout is away; `failing` hears how each attempt went.
 * @throws FanoutError when the fanout is closed
 */
export async function readPatiently(
  read: () => Promise<readonly HistoryEntry[]>,
  counts: HubCounts,
  failing: (isFailing: boolean) => void,
): Promise<readonly HistoryEntry[]> {
  for (let attempt = 0; ; attempt++) {
    try {
      counts.historyReads++;
      const entries = await read();
      failing(false);
      counts.historyEntries += entries.length;
      return entries;
    } catch (error) {
      if (!(error instanceof FanoutError) || isClosed(error)) throw error;
      failing(true);
      counts.historyFailures++;
      const pauseMs = Math.min(firstPauseMs * 2 ** attempt, pauseMsMax);
      await new Promise((resume) => setTimeout(resume, pauseMs));
    }
  }
}

export function isClosed(error: unknown): boolean {
  return error instanceof FanoutError && error.code === 'closed';
}
