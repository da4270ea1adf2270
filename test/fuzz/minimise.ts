/**
 * The fewest of `items`, in their order, for which `fails` still holds: what is left out in ever smaller pieces until
 * no single one can be (delta debugging). `fails` holds for all of `items`.
 * @param triesMax calls of `fails`; with fewer than it takes, more is left than need be
 */
export async function minimise<Item>(
  items: readonly Item[],
  fails: (items: readonly Item[]) => Promise<boolean>,
  triesMax: number,
): Promise<readonly Item[]> {
  let left = items;
  let tries = 0;
  const tried = (some: readonly Item[]): Promise<boolean> => {
    tries++;
    return fails(some);
  };
  for (let size = Math.ceil(left.length / 2); size >= 1 && left.length > 1; ) {
    let shrunk = false;
    for (let start = 0; start < left.length && left.length > 1 && tries < triesMax; ) {
      const without = [...left.slice(0, start), ...left.slice(start + size)];
      const fewer = without.length > 0 && (await tried(without));
      if (fewer) left = without;
      else start += size;
      shrunk ||= fewer;
    }
    if (tries >= triesMax) return left;
    if (size === 1 && !shrunk) return left;
    size = size === 1 ? 1 : Math.ceil(size / 2);
  }
  return left;
}
