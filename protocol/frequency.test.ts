import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { frequencyClassesMs, frequencyClassOf, frequencyMaxMs } from './frequency.ts';

test('a wish is served by the first class that is not more frequent', () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: frequencyMaxMs, noNaN: true }), (wishMs) => {
      const served = frequencyClassOf(wishMs);
      assert.ok(served >= wishMs);
      assert.ok(frequencyClassesMs.every((classMs) => classMs >= served || classMs < wishMs));
    }),
  );
});

test('a wish that is a class is served exactly', () => {
  for (const classMs of frequencyClassesMs) assert.equal(frequencyClassOf(classMs), classMs);
});

test('the classes rise from every update to the greatest that can be asked for', () => {
  assert.deepEqual(
    [...frequencyClassesMs].sort((a, b) => a - b),
    [...frequencyClassesMs],
  );
  assert.equal(frequencyClassesMs[0], 0);
  assert.equal(frequencyClassesMs.at(-1), frequencyMaxMs);
});
