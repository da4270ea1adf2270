import assert from 'node:assert/strict';
import { test } from 'node:test';
import { forEachInRounds, itemsPerRound, sortInRounds } from './in-rounds.ts';

/** Counts the rounds that were asked for. */
function countRounds() {
  const rounds = { count: 0 };
  const nextRound = (then: () => void): void => {
    rounds.count++;
    setImmediate(then);
  };
  return { rounds, nextRound };
}

test('a million items are worked on in rounds of a bounded number', async () => {
  const { rounds, nextRound } = countRounds();
  let done = 0;
  let inRound = 0;
  await forEachInRounds(
    Array.from({ length: 1_000_000 }),
    () => {
      done++;
      inRound = Math.max(inRound, done - rounds.count * itemsPerRound);
    },
    nextRound,
  );
  assert.deepEqual([done, rounds.count, inRound], [1_000_000, 1_000_000 / itemsPerRound, itemsPerRound]);
});

test('what is sorted in rounds is sorted as at once, and every round is bounded', async () => {
  const { rounds, nextRound } = countRounds();
  for (const count of [0, 1, itemsPerRound, itemsPerRound + 1, 47_111]) {
    const items = Array.from({ length: count }, (_, i) => `S${(i * 7919) % 50_021}`);
    const before = rounds.count;
    const sorted = await sortInRounds(items, (a, b) => a < b, nextRound);
    assert.deepEqual(sorted, [...items].sort());
    assert.ok(rounds.count - before >= count / itemsPerRound);
  }
});
