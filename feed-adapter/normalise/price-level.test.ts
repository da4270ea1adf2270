import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { normaliserLimits } from './normaliser.ts';
import { PriceLevel } from './price-level.ts';

function levelAfter(...prices: readonly number[]): PriceLevel {
  const level = new PriceLevel(normaliserLimits);
  for (const price of prices) level.isSuspect(price);
  return level;
}

test('nothing is suspect while fewer than five prices are known', () => {
  assert.equal(levelAfter(100, 100, 100, 100).isSuspect(1), false);
});

test('a price is suspect beyond 10 % of the median, on either side', () => {
  const prices = [100, 100, 100, 100, 100];
  assert.deepEqual(
    [110, 110.1, 90, 89.9].map((price) => levelAfter(...prices).isSuspect(price)),
    [false, true, false, true],
  );
});

test('the fifth of five suspect prices that agree is the new level', () => {
  const level = levelAfter(100, 100, 100, 100, 100);
  const judged = [200, 201, 199, 200, 202, 200].map((price) => level.isSuspect(price));
  assert.deepEqual(judged, [true, true, true, true, false, false]);
  assert.equal(level.isSuspect(100), true);
});

test('suspect prices that disagree never become the level', () => {
  const level = levelAfter(100, 100, 100, 100, 100);
  const wild = [200, 400, 200, 400, 200, 400, 200, 400, 200, 400];
  assert.ok(wild.every((price) => level.isSuspect(price)));
  assert.equal(level.isSuspect(101), false);
});

test('a good price between suspect ones starts their count over', () => {
  const level = levelAfter(100, 100, 100, 100, 100);
  const judged = [200, 200, 200, 200, 100, 200, 200].map((price) => level.isSuspect(price));
  assert.deepEqual(judged, [true, true, true, true, false, true, true]);
});

test('the level is the median of the last fifteen good prices', () => {
  const prices = fc.array(fc.double({ min: 95, max: 104, noNaN: true }), { minLength: 5, maxLength: 60 });
  fc.assert(
    fc.property(prices, (known) => {
      const level = levelAfter(...known);
      const window = known.slice(-15).sort((a, b) => a - b);
      const middle = window.length >> 1;
      const upper = window[middle] ?? 0;
      const median = window.length % 2 === 1 ? upper : (upper + (window[middle - 1] ?? 0)) / 2;
      assert.equal(level.isSuspect(median * 1.1001), true);
      assert.equal(levelAfter(...known).isSuspect(median * 1.0999), false);
    }),
  );
});
