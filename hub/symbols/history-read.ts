/** What was read of the history for somebody; all who waited for the same read have it in theirs. */
export interface HistoryRead {
  readonly pages: number;
  readonly entries: number;
}

/** Everything was in memory. */
export const noRead: HistoryRead = { pages: 0, entries: 0 };

/** What all of `reads` brought. */
export function sumOfReads(...reads: readonly HistoryRead[]): HistoryRead {
  return {
    pages: reads.reduce((sum, { pages }) => sum + pages, 0),
    entries: reads.reduce((sum, { entries }) => sum + entries, 0),
  };
}
