import { build, type Histogram } from 'hdr-histogram-js';
import { latencyMaxMs } from './latency-counts.ts';

/** A histogram of latencies in whole ms up to `latencyMaxMs`, exact up to 2 s and to a thousandth above. */
export function latencyHistogram(): Histogram {
  return build({
    lowestDiscernibleValue: 1,
    highestTrackableValue: latencyMaxMs,
    numberOfSignificantValueDigits: 3,
  });
}

/** @param pairs of ms and count, as the workers of the swarm tell them: in any order, a ms several times if need be */
export function recordPairs(histogram: Histogram, pairs: readonly number[]): void {
  for (let index = 0; index + 1 < pairs.length; index += 2)
    histogram.recordValueWithCount(pairs[index] ?? 0, pairs[index + 1] ?? 0);
}

/** The latency in ms that `percent` of the counted updates did not exceed; NaN of none. */
export function latencyPercentile(pairs: readonly number[], percent: number): number {
  const histogram = latencyHistogram();
  recordPairs(histogram, pairs);
  return histogram.totalCount === 0 ? Number.NaN : histogram.getValueAtPercentile(percent);
}
