import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BenchResult } from '#loadtest/bench/harness/bench.ts';
import { compareResults } from './compare.ts';
import type { Results } from './results.ts';

function resultOf(ratios: readonly number[], better: 'higher' | 'lower' = 'higher'): BenchResult {
  const yardstick = ratios.map(() => 1);
  return {
    unit: 'u',
    better,
    rows: [
      { name: 'ours', against: 'theirs', values: ratios, ratios, figures: {} },
      { name: 'theirs', against: 'theirs', values: yardstick, ratios: yardstick, figures: {} },
    ],
    claims: [],
  };
}

function stored(result: BenchResult): Results {
  return { a: { ...result, machine: 'm', date: '2026-01-01' } };
}

const quiet = (ratio: number): number[] => Array.from({ length: 7 }, () => ratio);

test('a ratio that lost more than the noise is worse, whichever way is better', () => {
  const [down] = compareResults(stored(resultOf(quiet(1))), { a: resultOf(quiet(0.8)) });
  assert.equal(down?.verdict, 'worse');
  const [up] = compareResults(stored(resultOf(quiet(1), 'lower')), { a: resultOf(quiet(1.2), 'lower') });
  assert.equal(up?.verdict, 'worse');
});

test('a ratio that won more than the noise is better', () => {
  const [up] = compareResults(stored(resultOf(quiet(1))), { a: resultOf(quiet(1.2)) });
  assert.equal(up?.verdict, 'better');
  assert.equal(up?.changePercent.toFixed(1), '20.0');
});

test('a small change of quiet runs is no change', () => {
  const [row] = compareResults(stored(resultOf(quiet(1))), { a: resultOf(quiet(0.87)) });
  assert.equal(row?.verdict, 'same');
});

test('the noise of both sittings counts', () => {
  const noisy = [0.8, 0.8, 0.9, 1, 1.1, 1.2, 1.2];
  const [row] = compareResults(stored(resultOf(noisy)), { a: resultOf(noisy.map((ratio) => ratio * 0.7)) });
  assert.equal(row?.noisePercent.toFixed(0), '40');
  assert.equal(row?.verdict, 'same');
});

test('one disturbed run does not hide that all others got worse', () => {
  const [row] = compareResults(stored(resultOf(quiet(1))), { a: resultOf([...quiet(0.8).slice(1), 3]) });
  assert.equal(row?.verdict, 'worse');
});

test('yardsticks are not compared', () => {
  const rows = compareResults(stored(resultOf(quiet(1))), { a: resultOf(quiet(1)) });
  assert.deepEqual(
    rows.map(({ row }) => row),
    ['ours'],
  );
});

test('what has no twin is told as new or gone, and is not worse', () => {
  const renamed = resultOf(quiet(1));
  const now = {
    ...renamed,
    rows: renamed.rows.map((row) => (row.name === 'ours' ? { ...row, name: 'new one' } : row)),
  };
  const verdicts = compareResults(stored(resultOf(quiet(1))), { a: now, b: resultOf(quiet(1)) }).map(
    ({ bench, row, verdict }) => `${bench} ${row} ${verdict}`,
  );
  assert.deepEqual(verdicts, ['a new one new', 'a ours gone', 'b ours new']);
});
