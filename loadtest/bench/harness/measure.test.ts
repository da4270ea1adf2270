import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Bench } from './bench.ts';
import { measureBench } from './measure.ts';

const ignore = (): void => undefined;

function benchOf(more: Partial<Bench>): Bench {
  return {
    unit: 'u',
    better: 'higher',
    rows: [
      { name: 'a', against: 'b' },
      { name: 'b', against: 'b' },
    ],
    runs: 3,
    claims: [],
    open: async () => async () => ({ value: 1 }),
    ...more,
  };
}

test('rows are measured in turn, forth and back, and the warm-up is thrown away', async () => {
  const order: string[] = [];
  const open: Bench['open'] = async () => async (row) => {
    order.push(row);
    return { value: order.length };
  };
  const result = await measureBench(benchOf({ open, warmUpRuns: 1 }), ignore);
  assert.equal(order.join(''), 'baabbaab');
  assert.deepEqual(result.rows[0]?.values, [3, 6, 7]);
  assert.deepEqual(result.rows[0]?.ratios, [3 / 4, 6 / 5, 7 / 8]);
});

test('latencies of all runs of a row are pooled, and a claim can be about them', async () => {
  let run = 0;
  const open: Bench['open'] = async () => async (row) => {
    run++;
    return { value: 1, latencies: row === 'a' ? [run < 4 ? 10 : 30, 100] : [20, 100] };
  };
  const { rows, claims } = await measureBench(
    benchOf({ open, claims: [{ row: 'a', of: 'pooled p99 ratio', atMost: 1.1 }] }),
    ignore,
  );
  assert.deepEqual(
    rows.map(({ figures }) => figures['pooled p99 ms']),
    [30, 20],
  );
  assert.deepEqual(claims, [{ text: 'a ÷ b, all runs pooled, ≤ 1.1', measured: 1.5, held: false }]);
});

test('claims are judged by medians, of values and of ratios', async () => {
  const open: Bench['open'] = async () => async (row) => ({ value: row === 'a' ? 3 : 4 });
  const { claims } = await measureBench(
    benchOf({
      open,
      claims: [
        { row: 'a', of: 'ratio', atLeast: 0.7 },
        { row: 'a', of: 'ratio', atLeast: 0.8 },
        { row: 'a', of: 'value', atMost: 3 },
      ],
    }),
    ignore,
  );
  assert.deepEqual(claims, [
    { text: 'a ÷ b ≥ 0.7', measured: 0.75, held: true },
    { text: 'a ÷ b ≥ 0.8', measured: 0.75, held: false },
    { text: 'a ≤ 3', measured: 3, held: true },
  ]);
});

test('further figures are medians over the runs', async () => {
  const p99s = [5, 1, 9];
  const open: Bench['open'] = async () => async () => ({ value: 1, figures: { p99: p99s.shift() ?? 0 } });
  const rows = [{ name: 'a', against: 'a' }];
  const result = await measureBench(benchOf({ open, rows }), ignore);
  assert.deepEqual(result.rows[0]?.figures, { p99: 5 });
});

test('each run ends what it started before the next one, and the bench its own at the end', async () => {
  const ended: string[] = [];
  const open: Bench['open'] = async (closing) => {
    closing.defer(async () => ended.push('redis'));
    return async (row, closingRun) => {
      closingRun.defer(async () => ended.push(`server of ${row}`));
      closingRun.defer(async () => ended.push(`sockets of ${row}`));
      return { value: 1 };
    };
  };
  await measureBench(benchOf({ open, runs: 1, rows: [{ name: 'a', against: 'a' }] }), ignore);
  assert.deepEqual(ended, ['sockets of a', 'server of a', 'redis']);
});

test('a wrong count ends the bench with its reason, and everything is ended all the same', async () => {
  let ended = 0;
  const open: Bench['open'] = async (closing) => {
    closing.defer(async () => ended++);
    return async (_row, closingRun) => {
      closingRun.defer(() => Promise.reject(new Error('would not end')));
      throw new Error('9 deliveries instead of 10');
    };
  };
  await assert.rejects(measureBench(benchOf({ open }), ignore), /9 deliveries instead of 10/);
  assert.equal(ended, 1);
});
