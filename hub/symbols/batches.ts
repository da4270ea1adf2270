/** How many items share a call, and how many calls are under way. */
export interface BatchLimits {
  /** Items in one call. */
  readonly batchItemsMax: number;
  /** Calls under way at a time. */
  readonly batchesMax: number;
}

/**
 * Gathers items into calls, in the order in which they come: those of one turn of the event loop go together,
 * and what comes while as many calls are under way as may be waits for the next one. So the more there is to
 * do, the more a call does. What waits is bounded by whoever asks.
 * @param work the result of each item, in their order; when it is rejected, all of its items are
 */
export function createBatches<Item, Result>(
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
  limits: BatchLimits,
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let underWay = 0;
  let starting = false;

  const run = async (batch: readonly Waiting<Item, Result>[]): Promise<void> => {
    try {
      const results = await work(batch.map(({ item }) => item));
      for (const [i, { resolve }] of batch.entries()) resolve(results[i] as Result);
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      underWay--;
      start();
    }
  };

  const start = (): void => {
    starting = false;
    while (waiting.length > 0 && underWay < limits.batchesMax) {
      const batch = waiting.slice(0, limits.batchItemsMax);
      waiting = waiting.slice(batch.length);
      underWay++;
      void run(batch);
    }
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (starting || underWay >= limits.batchesMax) return;
      starting = true;
      queueMicrotask(start);
    });
}

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}
