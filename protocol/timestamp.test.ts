import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createTimestampFormat } from './timestamp.ts';

/** What a `Date` can hold lies this far from 1970, in ms. */
const dateRangeMs = 8.64e15;

test('a timestamp is the text that Date writes, whatever was written before', () => {
  const format = createTimestampFormat();
  const times = fc.oneof(
    fc.integer({ min: 1_700_000_000_000, max: 1_700_000_003_000 }),
    fc.maxSafeInteger().filter((time) => Math.abs(time) <= dateRangeMs - 1000),
  );
  fc.assert(
    fc.property(times, (time) => {
      assert.equal(format(time), new Date(time).toISOString());
    }),
    { numRuns: 2000 },
  );
});

test('a fraction of a millisecond is left out', () => {
  const format = createTimestampFormat();
  assert.equal(format(1_726_317_296_789.999), '2024-09-14T12:34:56.789Z');
});

test('a time that is none is refused, and the next good one is right', () => {
  const format = createTimestampFormat();
  assert.throws(() => format(Number.NaN), RangeError);
  assert.throws(() => format(dateRangeMs + 1000), RangeError);
  assert.equal(format(0), '1970-01-01T00:00:00.000Z');
});
