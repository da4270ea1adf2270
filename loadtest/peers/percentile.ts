/** The value below or at which `share` (0 … 1) of all counted ones lie; NaN when there are none. */
export function percentile(counts: ReadonlyMap<number, number>, share: number): number {
  const values = [...counts.keys()].sort((a, b) => a - b);
  const total = values.reduce((sum, value) => sum + (counts.get(value) ?? 0), 0);
  let below = 0;
  for (const value of values) {
    below += counts.get(value) ?? 0;
    if (below >= total * share) return value;
  }
  return Number.NaN;
}
