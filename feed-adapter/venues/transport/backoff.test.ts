import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Backoff } from './backoff.ts';

const limits = { backoffBaseMs: 100, backoffMaxMs: 1000 };

test('the bound doubles up to its maximum, and starts anew after a reset', () => {
  const backoff = new Backoff(limits, () => 0.5);
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6].map(() => backoff.next()),
    [50, 100, 200, 400, 500, 500],
  );
  backoff.reset();
  assert.equal(backoff.next(), 50);
});

test('the wait is drawn from the whole range', () => {
  assert.equal(new Backoff(limits, () => 0).next(), 0);
  assert.equal(new Backoff(limits, () => 0.99).next(), 99);
});

test('it stays finite for ever', () => {
  const backoff = new Backoff(limits, () => 1);
  for (let attempt = 0; attempt < 5000; attempt++) assert.ok(backoff.next() <= 1000);
});
