import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tickFlags } from '#protocol/tick.ts';
import { entryOf } from '../fixtures.ts';
import { createDelayGate } from './delay-gate.ts';

const delayMs = 1000;
const at = (receivedAt: number, seq = 0) => entryOf(7, seq, { receivedAt });

test('an entry is let through in the very millisecond in which it is old enough, and not before', () => {
  let now = 5999;
  const gate = createDelayGate(() => now, delayMs);
  assert.deepEqual(gate.admit([at(5000)]), []);
  assert.equal(gate.opensAt(at(5000)), 6000);
  now = 6000;
  assert.equal(gate.admit([at(5000)]).length, 1);
});

test('what comes behind an entry that is too young waits for it, so that the order is kept', () => {
  const gate = createDelayGate(() => 6000, delayMs);
  const admitted = gate.admit([at(4000, 0), at(5001, 1), at(4500, 2)]);
  assert.deepEqual(
    admitted.map(({ position }) => position.seq),
    [0],
  );
});

test('what is let through is marked as delayed, beside what it was marked as before', () => {
  const gate = createDelayGate(() => 6000, delayMs);
  const [admitted] = gate.admit([entryOf(7, 0, { receivedAt: 1, flags: tickFlags.suspect })]);
  assert.equal(admitted?.tick.flags, tickFlags.suspect | tickFlags.delayed);
});
