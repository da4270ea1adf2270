import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { createBatches } from './batches.ts';

interface Call {
  readonly items: readonly number[];
  answer(): void;
  fail(error: Error): void;
}

function createScene(batchItemsMax: number, batchesMax: number) {
  const calls: Call[] = [];
  const add = createBatches<number, number>(
    (items) =>
      new Promise((resolve, reject) => {
        calls.push({ items, answer: () => resolve(items.map((item) => 10 * item)), fail: reject });
      }),
    { batchItemsMax, batchesMax },
  );
  return { calls, add, items: () => calls.map((call) => call.items) };
}

test('what is asked for in one turn goes in one call, each with its own result', async () => {
  const { calls, add } = createScene(9, 1);
  const results = Promise.all([add(1), add(2), add(3)]);
  await nextTurn();
  calls[0]?.answer();
  assert.deepEqual(await results, [10, 20, 30]);
  assert.equal(calls.length, 1);
});

test('what comes while the calls are under way waits for the next one, in order and within its bound', async () => {
  const { calls, add, items } = createScene(2, 2);
  const results = [1, 2, 3, 4, 5, 6, 7].map((item) => add(item));
  await nextTurn();
  assert.deepEqual(items(), [
    [1, 2],
    [3, 4],
  ]);
  calls[1]?.answer();
  await nextTurn();
  assert.deepEqual(items().slice(2), [[5, 6]]);
  calls[0]?.answer();
  calls[2]?.answer();
  await nextTurn();
  assert.deepEqual(items().slice(3), [[7]]);
  calls[3]?.answer();
  assert.deepEqual(await Promise.all(results), [10, 20, 30, 40, 50, 60, 70]);
});

test('a call that fails fails its own items only', async () => {
  const { calls, add } = createScene(2, 1);
  const results = Promise.allSettled([1, 2, 3].map((item) => add(item)));
  await nextTurn();
  calls[0]?.fail(new Error('away'));
  await nextTurn();
  calls[1]?.answer();
  assert.deepEqual(
    (await results).map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled'],
  );
});
