/** The middle value; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = inOrder(values);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** How far the extremes lie from each other, in percent of the median. */
export function spreadPercent(values: readonly number[]): number {
  return ((Math.max(...values) - Math.min(...values)) / median(values)) * 100;
}

/**
 * How far runs usually lie from the median, in percent of it: half the distance of the second best from the
 * second worst. One run that something else on the machine disturbed says nothing about the code. Of less
 * than four runs there is no second best, so the extremes count.
 */
export function noisePercent(values: readonly number[]): number {
  const sorted = inOrder(values);
  const usual = sorted.length < 4 ? sorted : sorted.slice(1, -1);
  return (((usual.at(-1) ?? Number.NaN) - (usual[0] ?? Number.NaN)) / 2 / median(values)) * 100;
}

function inOrder(values: readonly number[]): number[] {
  return [...values].sort((a, b) => a - b);
}
