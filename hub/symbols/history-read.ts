/** What was read of the history for somebody; all who waited for the same read have it in theirs. */
export interface HistoryRead {
  pages: number;
  entries: number;
}

/** A sum to add reads to; both counts are 0. */
export function nothingRead(): HistoryRead {
  return { pages: 0, entries: 0 };
}

/** Adds what another read brought. */
export function addRead(to: HistoryRead, { pages, entries }: HistoryRead): void {
  to.pages += pages;
  to.entries += entries;
}
