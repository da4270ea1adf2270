import { FanoutError, type HistoryEntry } from '#fanout/ports.ts';
import type { HubCounts } from './counts.ts';
import type { Patience } from './patience.ts';

export interface PatientReadDeps {
  readonly counts: HubCounts;
  readonly patience: Patience;
  /** The part of the fanout that is read from just now. */
  readonly part: () => string;
  /** Hears how each attempt went. */
  readonly failing: (isFailing: boolean) => void;
}

/**
 * Reads the history, again and again while the fanout is away.
 * @throws FanoutError when the fanout is closed
 */
export async function readPatiently(
  read: () => Promise<readonly HistoryEntry[]>,
  { counts, patience, part, failing }: PatientReadDeps,
): Promise<readonly HistoryEntry[]> {
  for (let waitedFor: string | undefined; ; ) {
    try {
      counts.historyReads++;
      const entries = await read();
      failing(false);
      patience.answered(part());
      // Its symbols may be held elsewhere by now, and those that waited with this one do not know.
      if (waitedFor !== undefined) patience.answered(waitedFor);
      counts.historyEntries += entries.length;
      return entries;
    } catch (error) {
      if (!(error instanceof FanoutError) || isClosed(error)) throw error;
      failing(true);
      counts.historyFailures++;
      waitedFor = part();
      await patience.pause(waitedFor);
    }
  }
}

export function isClosed(error: unknown): boolean {
  return error instanceof FanoutError && error.code === 'closed';
}
