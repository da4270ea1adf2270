/** Has the event loop do its other work first. */
export type NextRound = (then: () => void) => void;

/** Items that are worked on in one round of the event loop: 1 to 3 ms of its time. */
export const itemsPerRound = 5000;

/** Does `work` with each item, and has the event loop do its other work after every `itemsPerRound`. */
export async function forEachInRounds<Item>(
  items: Iterable<Item>,
  work: (item: Item) => void,
  nextRound: NextRound,
): Promise<void> {
  let left = itemsPerRound;
  for (const item of items) {
    work(item);
    if (--left > 0) continue;
    left = itemsPerRound;
    await new Promise<void>(nextRound);
  }
}

/**
 * The items in the order of `isBefore`: runs that are sorted at once are merged, round by round. To sort a million at
 * once holds up the event loop for more than a second.
 */
export async function sortInRounds<Item>(
  items: readonly Item[],
  isBefore: (a: Item, b: Item) => boolean,
  nextRound: NextRound,
): Promise<readonly Item[]> {
  const compare = (a: Item, b: Item): number => (isBefore(a, b) ? -1 : Number(isBefore(b, a)));
  let runs: (readonly Item[])[] = [];
  for (let start = 0; start < items.length; start += itemsPerRound) {
    runs.push(items.slice(start, start + itemsPerRound).sort(compare));
    await new Promise<void>(nextRound);
  }
  while (runs.length > 1) {
    const merged: (readonly Item[])[] = [];
    for (let i = 0; i < runs.length; i += 2) {
      const into: Item[] = [];
      await forEachInRounds(
        merge(runs[i] ?? [], runs[i + 1] ?? [], isBefore),
        (item) => into.push(item),
        nextRound,
      );
      merged.push(into);
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

function* merge<Item>(
  a: readonly Item[],
  b: readonly Item[],
  isBefore: (a: Item, b: Item) => boolean,
): Generator<Item> {
  let at = 0;
  for (const item of a) {
    for (let other = b[at]; at < b.length && isBefore(other as Item, item); other = b[at]) {
      yield other as Item;
      at++;
    }
    yield item;
  }
  for (; at < b.length; at++) yield b[at] as Item;
}
