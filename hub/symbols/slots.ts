/** Runs work with at most `slotsMax` pieces under way; the rest waits its turn, in order. */
export function createSlots(slotsMax: number): <T>(work: () => Promise<T>) => Promise<T> {
  let free = slotsMax;
  const waiting: (() => void)[] = [];
  const release = (): void => {
    const next = waiting.shift();
    if (next === undefined) free++;
    else next();
  };
  return async (work) => {
    if (free > 0) free--;
    else await new Promise<void>((resume) => waiting.push(resume));
    try {
      return await work();
    } finally {
      release();
    }
  };
}
