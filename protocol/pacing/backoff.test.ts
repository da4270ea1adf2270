import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff, type BackoffLimits } from './backoff.ts';

const limits = { firstMs: 100, maxMs: 1000 };

function backoffOf(more: Partial<BackoffLimits>, random: number) {
  const clock = { now: 0, monotonic: () => clock.now };
  return { clock, backoff: new Backoff({ ...limits, ...more }, { clock, random: () => random }) };
}

function waits(more: Partial<BackoffLimits>, random: number): number[] {
  const { backoff } = backoffOf(more, random);
  return [1, 2, 3, 4, 5, 6].map(() => backoff.next());
}

test('the bound doubles up to its maximum, and starts anew after a reset', () => {
  assert.deepEqual(waits({}, 0.5), [50, 100, 200, 400, 500, 500]);
  const { backoff } = backoffOf({}, 0.5);
  for (const wait of [50, 100]) assert.equal(backoff.next(), wait);
  assert.equal(backoff.attempts, 2);
  backoff.reset();
  assert.deepEqual([backoff.attempts, backoff.next()], [0, 50]);
});

test('chance takes as much of the wait as it is given', () => {
  assert.deepEqual(waits({}, 1), [100, 200, 400, 800, 1000, 1000]);
  assert.deepEqual(waits({}, 0.1), [10, 20, 40, 80, 100, 100]);
  assert.deepEqual(waits({}, 0), [0, 0, 0, 0, 0, 0]);
  assert.deepEqual(waits({ jitter: 0.5 }, 0), [50, 100, 200, 400, 500, 500]);
  assert.deepEqual(waits({ jitter: 0 }, 0), [100, 200, 400, 800, 1000, 1000]);
});

test('only an attempt that went well for long enough begins the back-off anew', () => {
  const { clock, backoff } = backoffOf({ stableMs: 10_000 }, 1);
  assert.deepEqual([backoff.next(), backoff.next()], [100, 200]);
  backoff.live();
  clock.now += 9999;
  assert.equal(backoff.next(), 400);
  clock.now += 10_000; // nothing was live
  assert.equal(backoff.next(), 800);
  backoff.live();
  clock.now += 10_000;
  assert.equal(backoff.next(), 100);
});

test('it stays finite for ever', () => {
  const { backoff } = backoffOf({}, 1);
  for (let attempt = 0; attempt < 5000; attempt++) assert.ok(backoff.next() <= 1000);
});
