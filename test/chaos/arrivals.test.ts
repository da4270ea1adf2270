import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Arrivals } from './arrivals.ts';

function arrivalsAt(allowedMs: number, times: readonly number[]): Arrivals {
  const arrivals = new Arrivals(['A'], allowedMs);
  for (const at of times) arrivals.arrived('A', at);
  return arrivals;
}

test('a stall is the time between two updates, beyond what the frequency allows', () => {
  const times = [0, 100, 1100, 1200];
  assert.equal(arrivalsAt(0, times).longestStallMs(0, 1200), 1000);
  assert.equal(arrivalsAt(250, times).longestStallMs(0, 1200), 750);
});

test('a stall counts in the time that it reaches into, and in no other', () => {
  const arrivals = arrivalsAt(0, [0, 1000, 1010, 1020, 3020]);
  assert.equal(arrivals.longestStallMs(500, 1005), 1000);
  assert.equal(arrivals.longestStallMs(1001, 1015), 0);
});

test('a stall that lasts counts as far as it goes', () => {
  const arrivals = arrivalsAt(0, [0, 10]);
  assert.equal(arrivals.longestStallMs(0, 5010), 5000);
  assert.equal(arrivals.after(10), false);
});

test('a client is live again at the end of its last stall', () => {
  const times = [0, 10, 1010, 1020, 1500, 1510];
  assert.equal(arrivalsAt(0, times).liveAgainAt(5, 1510, 250), 1500);
  assert.equal(arrivalsAt(0, times).liveAgainAt(5, 1510, 600), 1010);
  assert.equal(arrivalsAt(0, times).liveAgainAt(5, 1510, 2000), undefined);
  assert.equal(arrivalsAt(100, times).liveAgainAt(5, 1510, 600), 910);
});

test('a symbol that stands still is a stall, though the others go on', () => {
  const arrivals = new Arrivals(['A', 'B'], 100);
  for (const at of [0, 100, 200, 300, 400]) arrivals.arrived('A', at);
  arrivals.arrived('B', 0);
  assert.equal(arrivals.longestStallMs(0, 400), 300);
  assert.equal(arrivals.after(50), false);
  arrivals.arrived('B', 500);
  assert.equal(arrivals.liveAgainAt(0, 500, 250), 400);
  assert.equal(arrivals.after(350), true);
});
