/** The items of one group after those of another, at most `chunkMax` at a time and of one group only. */
export function* chunksByGroup<Item>(
  items: readonly Item[],
  groupOf: (item: Item) => number,
  chunkMax: number,
): Generator<readonly Item[]> {
  const groups = new Map<number, Item[]>();
  for (const item of items) {
    const group = groupOf(item);
    const others = groups.get(group);
    if (others === undefined) groups.set(group, [item]);
    else others.push(item);
  }
  for (const group of groups.values())
    for (let start = 0; start < group.length; start += chunkMax) yield group.slice(start, start + chunkMax);
}
