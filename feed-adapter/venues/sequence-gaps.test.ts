import assert from 'node:assert/strict';
import { test } from 'node:test';
import { symbolOf } from '#feed-adapter/fixtures.ts';
import { SequenceGaps } from './sequence-gaps.ts';

test('numbers that follow each other have no gap, and a hole is counted once', () => {
  const gaps = new SequenceGaps();
  const missed = [10, 11, 14, 14, 12, 15].map((number) => gaps.missedBefore('A', number));
  assert.deepEqual(missed, [0, 0, 2, 0, 0, 0]);
});

test('each symbol is counted on its own', () => {
  const gaps = new SequenceGaps();
  gaps.missedBefore('A', 10);
  assert.equal(gaps.missedBefore('B', 500), 0);
  assert.equal(gaps.missedBefore('A', 12), 1);
});

test('a number known to be the last makes everything up to it missing, itself included', () => {
  const gaps = new SequenceGaps();
  assert.equal(gaps.missedUpTo('A', 5), 0, 'nothing is known yet');
  gaps.missedBefore('A', 10);
  assert.equal(gaps.missedUpTo('A', 12), 2);
  assert.equal(gaps.missedUpTo('A', 12), 0);
  assert.equal(gaps.missedBefore('A', 13), 0);
});

test('what another watched before is where the watch begins', () => {
  const gaps = new SequenceGaps(new Map([[symbolOf('A'), 10]]));
  assert.equal(gaps.missedBefore('A', 10), 0);
  assert.equal(gaps.missedBefore('A', 14), 3);
  assert.equal(gaps.missedBefore('B', 14), 0);
});

test('one corrupt number does not end the watch', () => {
  const gaps = new SequenceGaps();
  gaps.missedBefore('A', 10);
  assert.equal(gaps.missedBefore('A', Number.MAX_SAFE_INTEGER), 1);
  assert.equal(gaps.missedUpTo('A', 0), 0);
  assert.equal(gaps.missedBefore('A', 11), 1);
  assert.equal(gaps.missedBefore('A', 13), 1);
});
