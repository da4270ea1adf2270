import assert from 'node:assert/strict';
import { test } from 'node:test';
import { latencyMaxMs } from './latency-counts.ts';
import { latencyPercentile } from './latency-histogram.ts';

test('a percentile is the value below or at which so many lie', () => {
  const pairs = [5, 1, 1, 90, 3, 1, 1, 8];
  assert.deepEqual(
    [50, 98, 99, 100].map((percent) => latencyPercentile(pairs, percent)),
    [1, 1, 3, 5],
  );
});

test('latencies of 0, and of the most that is counted, are taken as they are', () => {
  assert.equal(latencyPercentile([0, 3, latencyMaxMs, 1], 50), 0);
  const longest = latencyPercentile([0, 3, latencyMaxMs, 1], 100);
  assert.ok(Math.abs(longest / latencyMaxMs - 1) < 0.001, `${longest} ms`);
});

test('of no update there is no percentile', () => {
  assert.ok(Number.isNaN(latencyPercentile([], 50)));
});
