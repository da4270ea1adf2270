import assert from 'node:assert/strict';
import { test } from 'node:test';
import { entryOf } from '#hub/fixtures.ts';
import { tickFlags } from '#protocol/tick.ts';
import { createDelayGate } from './delay-gate.ts';

const delayMs = 1000;
/** A clock that nobody sets. */
const clocks = (now: () => number) => ({ now, elapsedMs: now });
const at = (receivedAt: number, seq = 0) => entryOf(7, seq, { receivedAt });

test('an entry is let through in the very millisecond in which it is old enough, and not before', () => {
  let now = 5999;
  const gate = createDelayGate(
    clocks(() => now),
    delayMs,
  );
  assert.deepEqual(gate.admit([at(5000)]), []);
  assert.equal(gate.waitMs(at(5000)), 1);
  now = 6000;
  assert.equal(gate.admit([at(5000)]).length, 1);
});

test('what comes behind an entry that is too young waits for it, so that the order is kept', () => {
  const gate = createDelayGate(
    clocks(() => 6000),
    delayMs,
  );
  const admitted = gate.admit([at(4000, 0), at(5001, 1), at(4500, 2)]);
  assert.deepEqual(
    admitted.map(({ position }) => position.seq),
    [0],
  );
});

test('what is let through is marked as delayed, beside what it was marked as before', () => {
  const gate = createDelayGate(
    clocks(() => 6000),
    delayMs,
  );
  const [admitted] = gate.admit([entryOf(7, 0, { receivedAt: 1, flags: tickFlags.suspect })]);
  assert.equal(admitted?.tick.flags, tickFlags.suspect | tickFlags.delayed);
});

for (const [words, hubMs, adapterMs] of [
  ['every clock is set an hour ahead', 3_600_000, 3_600_000],
  ['every clock is set an hour back', -3_600_000, -3_600_000],
  ["the hub's clock is set an hour ahead", 3_600_000, 0],
  ["the hub's clock is set an hour back", -3_600_000, 0],
] as const)
  test(`when ${words}, what was read before and after is let through in its time`, () => {
    let elapsed = 50_000;
    let aheadMs = 1_700_000_000_000;
    const readAt = (ms: number): ReturnType<typeof at> => at(elapsed + 1_700_000_000_000 + ms);
    const gate = createDelayGate({ now: () => elapsed + aheadMs, elapsedMs: () => elapsed }, delayMs);
    const before = readAt(0);
    elapsed += 400;
    aheadMs += hubMs;
    elapsed += 100;
    const after = readAt(adapterMs);
    for (const [ms, old] of [
      [499, [false, false]],
      [1, [true, false]],
      [499, [true, false]],
      [1, [true, true]],
    ] as const) {
      elapsed += ms;
      assert.deepEqual([gate.isOldEnough(before), gate.isOldEnough(after)], old, `${elapsed - 50_000} ms`);
    }
  });
