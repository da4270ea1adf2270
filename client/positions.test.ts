import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { price } from './fixtures.ts';
import { Positions } from './positions.ts';

const last = 20;
/** A hub's way to `last`: how many numbers each of its updates stands for. */
const steps = fc.array(fc.integer({ min: 1, max: 5 }), { minLength: last, maxLength: last });

/** Updates that cover everything after `position`, as `[from, seq]`. */
function updatesOf(position: number, sizes: readonly number[]): (readonly [number, number])[] {
  const updates: (readonly [number, number])[] = [];
  for (let next = position + 1, i = 0; next <= last; i++) {
    const seq = Math.min(last, next + (sizes[i] ?? 1) - 1);
    updates.push([next, seq]);
    next = seq + 1;
  }
  return updates;
}

test('two connections that overlap in whatever way hand over every number once and in order', () => {
  fc.assert(
    fc.property(
      steps,
      steps,
      fc.integer({ min: 0, max: last }),
      fc.integer({ min: 0, max: last }),
      fc.infiniteStream(fc.boolean()),
      (oldSteps, newSteps, asked, answeredAt, order) => {
        const positions = new Positions();
        const told: number[] = [];
        const bring = (connection: number, update: readonly [number, number] | undefined): void => {
          if (update === undefined) return;
          const taken = positions.take('AAPL', price(update[1], { from: update[0] }), connection);
          assert.notEqual(taken, 'gap');
          if (typeof taken === 'object') for (let seq = taken.from; seq <= taken.seq; seq++) told.push(seq);
        };
        positions.answered('AAPL', { position: '7-0' }, undefined, 1);
        positions.take('AAPL', price(0, { snapshot: true }), 1);
        const oldUpdates = updatesOf(0, oldSteps);
        while ((positions.since('AAPL')?.seq ?? last) < asked) bring(1, oldUpdates.shift());
        const since = positions.since('AAPL');
        const newest = Math.max(answeredAt, since?.seq ?? 0);
        positions.answered('AAPL', { position: `7-${newest}`, recovered: true }, since, 2);
        assert.equal(positions.awaits('AAPL', 2), newest > (since?.seq ?? 0));
        const newUpdates = updatesOf(since?.seq ?? 0, newSteps);
        while (oldUpdates.length + newUpdates.length > 0)
          if (order.next().value) bring(1, oldUpdates.shift());
          else bring(2, newUpdates.shift());
        assert.equal(positions.awaits('AAPL', 2), false);
        assert.deepEqual(
          told,
          Array.from({ length: last }, (_, i) => i + 1),
        );
      },
    ),
  );
});
