import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createConnectionRate } from './connection-rate.ts';

function rateOf(connectionsPerSecond: number, rateAddressesMax = 100) {
  const clock = { ms: 0 };
  const rate = createConnectionRate(() => clock.ms, { connectionsPerSecond, rateAddressesMax });
  const allowed = (address: string, times: number): number =>
    Array.from({ length: times }, () => rate.allows(address)).filter(Boolean).length;
  return { clock, rate, allowed };
}

test('an address may come four seconds worth at once, and then at its rate', () => {
  const { clock, allowed } = rateOf(10);
  assert.equal(allowed('a', 100), 40);
  clock.ms = 1000;
  assert.equal(allowed('a', 100), 10);
  clock.ms = 1050;
  assert.equal(allowed('a', 100), 0);
  clock.ms = 1_000_000;
  assert.equal(allowed('a', 100), 40);
});

test('one address takes nothing from another', () => {
  const { allowed } = rateOf(1);
  assert.equal(allowed('a', 1000), 4);
  assert.equal(allowed('b', 3), 3);
});

test('no more addresses are remembered than told, however many come', () => {
  const { rate, allowed } = rateOf(1, 50);
  for (let i = 0; i < 10_000; i++) allowed(`address ${i}`, 1);
  assert.equal(rate.size, 50);
});

test('the address that goes on asking is not the one that is forgotten', () => {
  const { allowed } = rateOf(1, 50);
  assert.equal(allowed('loud', 10), 4);
  for (let i = 0; i < 1000; i++) {
    allowed(`address ${i}`, 1);
    assert.equal(allowed('loud', 1), 0);
  }
});

test('who has been quiet for long is forgotten', () => {
  const { clock, rate, allowed } = rateOf(1, 50);
  for (let i = 0; i < 40; i++) allowed(`address ${i}`, 1);
  clock.ms = 10_000;
  allowed('new', 1);
  assert.equal(rate.size, 1);
});
