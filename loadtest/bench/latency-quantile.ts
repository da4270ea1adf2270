/**
 * The latency in ms that `share` of the counted updates did not exceed; NaN of none.
 * @param pairs of ms and count, in any order, a ms several times if need be
 */
export function latencyQuantile(pairs: readonly number[], share: number): number {
  const counts = new Map<number, number>();
  for (let at = 0; at < pairs.length; at += 2)
    counts.set(pairs[at] ?? 0, (counts.get(pairs[at] ?? 0) ?? 0) + (pairs[at + 1] ?? 0));
  const sorted = [...counts].sort(([a], [b]) => a - b);
  let left = sorted.reduce((sum, [, count]) => sum + count, 0) * share;
  for (const [ms, count] of sorted) {
    left -= count;
    if (left <= 0) return ms;
  }
  return Number.NaN;
}
