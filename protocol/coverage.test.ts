import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { judgeCoverage } from './coverage.ts';

interface Range {
  readonly from: number;
  readonly seq: number;
}

/** 0 … n cut into ranges that follow on one another. */
const partitions: fc.Arbitrary<Range[]> = fc
  .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 40 })
  .map((lengths) => {
    let next = 0;
    return lengths.map((length) => {
      const from = next;
      next += length;
      return { from, seq: next - 1 };
    });
  });

/** Takes each range as a client does; ends at the first gap. */
function take(ranges: readonly Range[], start = -1): { held: number; taken: number; gap: boolean } {
  let held = start;
  let taken = 0;
  for (const { from, seq } of ranges) {
    const coverage = judgeCoverage(held, from, seq);
    if (coverage === 'gap') return { held, taken, gap: true };
    if (coverage === 'next') {
      taken++;
      held = seq;
    }
  }
  return { held, taken, gap: false };
}

test('any partition of the numbers is taken whole and in order', () => {
  fc.assert(
    fc.property(partitions, (ranges) => {
      assert.deepEqual(take(ranges), { held: ranges.at(-1)?.seq, taken: ranges.length, gap: false });
    }),
  );
});

test('ranges that are repeated, however late, bring nothing and are no gap', () => {
  const withRepeats = fc.tuple(partitions, fc.infiniteStream(fc.nat())).map(([ranges, numbers]) => ({
    ranges,
    sent: ranges.flatMap((range, index) => {
      const repeated = ranges[(numbers.next().value ?? 0) % (index + 1)];
      return repeated === undefined ? [range] : [range, repeated];
    }),
  }));
  fc.assert(
    fc.property(withRepeats, ({ ranges, sent }) => {
      assert.deepEqual(take(sent), { held: ranges.at(-1)?.seq, taken: ranges.length, gap: false });
    }),
  );
});

test('a missing range is always found as a gap, unless nothing comes after it', () => {
  const withHole = fc.tuple(partitions, fc.nat()).map(([ranges, number]) => {
    const missing = number % ranges.length;
    return { missing, last: ranges.length - 1, sent: ranges.filter((_, index) => index !== missing) };
  });
  fc.assert(
    fc.property(withHole, ({ missing, last, sent }) => {
      const { gap, taken } = take(sent);
      assert.equal(gap, missing < last);
      assert.equal(taken, missing);
    }),
  );
});

test('a client may join anywhere: what overlaps what it holds is taken', () => {
  fc.assert(
    fc.property(partitions, fc.nat({ max: 200 }), (ranges, start) => {
      const last = ranges.at(-1)?.seq ?? -1;
      assert.deepEqual(take(ranges, start).gap, false);
      assert.equal(take(ranges, start).held, Math.max(start, last));
    }),
  );
});

test('who holds nothing takes number 0 and finds a gap before any later one', () => {
  assert.equal(judgeCoverage(-1, 0, 0), 'next');
  assert.equal(judgeCoverage(-1, 0, 9), 'next');
  assert.equal(judgeCoverage(-1, 1, 9), 'gap');
});
