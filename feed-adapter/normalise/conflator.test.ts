import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FakeClock } from '#feed-adapter/fake-clock.ts';
import { tick } from '#feed-adapter/fixtures.ts';
import { tickFlags } from '#protocol/tick.ts';
import { createConflator } from './conflator.ts';
import type { PendingTick } from './pending-tick.ts';

const windowMs = 1000;

function build() {
  const clock = new FakeClock();
  const out: { readonly tick: PendingTick; readonly at: number }[] = [];
  const counts = { conflated: 0 };
  const conflator = createConflator(
    {
      clock,
      push: (passed) => out.push({ tick: passed, at: clock.monotonic() }),
      onConflated: () => counts.conflated++,
    },
    windowMs,
  );
  const told = () =>
    out.map(({ at, tick: { symbol, price, high, low } }) => [at, symbol, price, high, low] as const);
  return { clock, conflator, out, counts, told };
}

test('the first tick goes on at once, then the newest of each window with its high and low', async () => {
  const { clock, conflator, told, counts } = build();
  for (const price of [10, 12, 15, 8, 9]) {
    conflator.push(tick('A', price));
    await clock.advance(100);
  }
  await clock.advance(5000);
  assert.deepEqual(told(), [
    [0, 'A', 10, undefined, undefined],
    [1000, 'A', 9, 15, 8],
  ]);
  assert.equal(counts.conflated, 3);
});

test('one tick in a window is no conflation: it has no high and low of its own', async () => {
  const { clock, conflator, told } = build();
  conflator.push(tick('A', 1));
  conflator.push(tick('A', 2));
  await clock.advance(1000);
  assert.deepEqual(told().at(-1), [1000, 'A', 2, undefined, undefined]);
});

test('after a quiet window a symbol goes on at once again, and no timer is left', async () => {
  const { clock, conflator, told } = build();
  conflator.push(tick('A', 1));
  await clock.advance(1500);
  assert.equal(clock.pending, 0);
  conflator.push(tick('A', 2));
  assert.deepEqual(told().at(-1), [1500, 'A', 2, undefined, undefined]);
});

test('a tick with the halt flag is not merged with the tick before it', async () => {
  const { clock, conflator, out } = build();
  conflator.push(tick('A', 1));
  conflator.push(tick('A', 2));
  conflator.push(tick('A', 3, { flags: tickFlags.halted }));
  await clock.advance(1000);
  assert.deepEqual(
    out.map((passed) => [passed.tick.price, passed.tick.flags]),
    [
      [1, 0],
      [2, 0],
      [3, tickFlags.halted],
    ],
  );
});

test('flush sends on what waits, once, and leaves no timer', async () => {
  const { clock, conflator, told } = build();
  conflator.push(tick('A', 1));
  conflator.push(tick('A', 2));
  conflator.push(tick('B', 5));
  conflator.flush();
  assert.deepEqual(told().at(-1), [0, 'A', 2, undefined, undefined]);
  await clock.advance(5000);
  assert.equal(told().length, 3);
  assert.equal(clock.pending, 0);
});

test('a quote that takes the place of a trade keeps the number that the venue gave the trade', async () => {
  const { clock, conflator, out } = build();
  conflator.push({ ...tick('A', 1), venueNumber: 1 });
  conflator.push({ ...tick('A', 2), venueNumber: 2 });
  conflator.push(tick('A', 2));
  await clock.advance(2 * windowMs);
  assert.deepEqual(
    out.map((one) => one.tick.venueNumber),
    [1, 2],
  );
});

test('whatever comes when, each symbol keeps its last price and its extremes, and at most one tick a window', async () => {
  const arrival = fc.record({
    symbol: fc.constantFrom('A', 'B', 'C'),
    price: fc.integer({ min: 1, max: 1000 }),
    afterMs: fc.integer({ min: 0, max: 700 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(arrival, { maxLength: 60 }), async (arrivals) => {
      const { clock, conflator, out, counts } = build();
      for (const { symbol, price, afterMs } of arrivals) {
        await clock.advance(afterMs);
        conflator.push(tick(symbol, price));
      }
      await clock.advance(10 * windowMs);
      assert.equal(out.length + counts.conflated, arrivals.length);
      for (const symbol of ['A', 'B', 'C']) {
        const came = arrivals.filter((one) => one.symbol === symbol).map(({ price }) => price);
        const passed = out.filter((one) => one.tick.symbol === symbol);
        assert.equal(passed.at(-1)?.tick.price, came.at(-1));
        const highs = passed.map(({ tick: { price, high = price } }) => high);
        const lows = passed.map(({ tick: { price, low = price } }) => low);
        assert.equal(Math.max(...highs), Math.max(...came));
        assert.equal(Math.min(...lows), Math.min(...came));
        for (const [i, { at }] of passed.entries())
          assert.ok(i === 0 || at - (passed[i - 1]?.at ?? 0) >= windowMs, 'two ticks in a window');
      }
    }),
    { numRuns: 100 },
  );
});
