import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createNormalRandom, createSeededRandom } from './seeded-random.ts';

function draw(random: () => number, count: number): number[] {
  return Array.from({ length: count }, random);
}

test('the same seed gives the same numbers, another seed others', () => {
  assert.deepEqual(draw(createSeededRandom(7), 100), draw(createSeededRandom(7), 100));
  assert.notDeepEqual(draw(createSeededRandom(7), 3), draw(createSeededRandom(8), 3));
});

test('every bit of a large seed counts', () => {
  const seed = 2 ** 40 + 1;
  assert.notDeepEqual(draw(createSeededRandom(seed), 3), draw(createSeededRandom(1), 3));
});

test('numbers lie from 0 to below 1, evenly', () => {
  const numbers = draw(createSeededRandom(1), 100_000);
  assert.ok(numbers.every((number) => number >= 0 && number < 1));
  for (let tenth = 0; tenth < 10; tenth++) {
    const inside = numbers.filter((number) => Math.floor(number * 10) === tenth).length;
    assert.ok(Math.abs(inside - 10_000) < 400, `${inside} of 100,000 in tenth ${tenth}`);
  }
});

test('normal numbers have mean 0 and deviation 1', () => {
  const numbers = draw(createNormalRandom(createSeededRandom(1)), 100_000);
  const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
  const variance = numbers.reduce((sum, number) => sum + (number - mean) ** 2, 0) / numbers.length;
  assert.ok(Math.abs(mean) < 0.02, `mean ${mean}`);
  assert.ok(Math.abs(variance - 1) < 0.02, `variance ${variance}`);
});
