import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ledger, type ViolationKind } from './ledger.ts';
import { keyOfText } from './symbol-key.ts';

const key = keyOfText('AAPL');

/** A socket that holds AAPL up to 10. */
function holding(): { ledger: Ledger; found: ViolationKind[] } {
  const found: ViolationKind[] = [];
  const ledger = new Ledger(2, 3, 'reset', (kind) => found.push(kind));
  ledger.enter(1, key);
  ledger.position(1, 'AAPL', 1000, 10);
  assert.equal(ledger.update(1, key, 10, 10, true), 'snapshot');
  return { ledger, found };
}

test('updates that join on are live, conflated ones too', () => {
  const { ledger, found } = holding();
  assert.equal(ledger.update(1, key, 11, 11, false), 'live');
  assert.equal(ledger.update(1, key, 12, 20, false), 'live');
  assert.equal(ledger.since(1, 'AAPL'), '1000-20');
  assert.deepEqual(found, []);
});

for (const [what, from, seq, snapshot, kind] of [
  ['a hole', 12, 12, false, 'gap'],
  ['a hole before a snapshot', 12, 12, true, 'gap'],
  ['a repeat', 10, 10, false, 'duplicate'],
  ['what came long ago', 3, 3, false, 'duplicate'],
  ['a part that is held already', 9, 12, false, 'overlap'],
  ['an old snapshot', 9, 9, true, 'old_snapshot'],
  ['a range that ends before it begins', 12, 11, false, 'malformed'],
] as const)
  test(`${what} is found`, () => {
    const { ledger, found } = holding();
    assert.equal(ledger.update(1, key, from, seq, snapshot), 'wrong');
    assert.deepEqual(found, [kind]);
  });

test('a snapshot may repeat what is held', () => {
  const { ledger, found } = holding();
  assert.equal(ledger.update(1, key, 8, 14, true), 'snapshot');
  assert.equal(ledger.update(1, key, 14, 14, true), 'snapshot');
  assert.equal(ledger.heldOf(1, key), 14);
  assert.deepEqual(found, []);
});

test('after a reset its snapshot is due, and nothing else', () => {
  const { ledger, found } = holding();
  ledger.position(1, 'AAPL', 2000, 3);
  assert.equal(ledger.since(1, 'AAPL'), undefined);
  assert.equal(ledger.heldOf(1, key), undefined);
  assert.equal(ledger.update(1, key, 4, 4, false), 'wrong');
  assert.deepEqual(found, ['missing_snapshot']);
});

test('before any position an update is none that may come', () => {
  const found: ViolationKind[] = [];
  const ledger = new Ledger(1, 1, 'reset', (kind) => found.push(kind));
  ledger.enter(0, key);
  ledger.update(0, key, 0, 0, false);
  ledger.update(0, keyOfText('MSFT'), 0, 0, false);
  assert.deepEqual(found, ['missing_reset', 'not_subscribed']);
});

test('recovery is believed only where something is held', () => {
  const { ledger, found } = holding();
  ledger.recovered(1, 'AAPL');
  assert.deepEqual(found, []);
  ledger.noPosition(1, 'AAPL');
  ledger.recovered(1, 'AAPL');
  assert.deepEqual(found, ['false_recovery']);
});

test('a hub without positions begins with its first update, and is held to it', () => {
  const found: ViolationKind[] = [];
  const ledger = new Ledger(1, 1, 'anything', (kind) => found.push(kind));
  ledger.enter(0, key);
  assert.equal(ledger.update(0, key, 7, 7, false), 'live');
  assert.equal(ledger.update(0, key, 9, 9, false), 'wrong');
  assert.deepEqual(found, ['gap']);
});

test('many symbols of many sockets do not mix', () => {
  const ledger = new Ledger(20, 50, 'anything', (kind) => assert.fail(kind));
  const keys = Array.from({ length: 50 }, (_, index) => keyOfText(`S${index}`));
  for (let socket = 0; socket < 20; socket++) for (const one of keys) ledger.enter(socket, one);
  for (let socket = 0; socket < 20; socket++)
    keys.forEach((one, index) => {
      ledger.update(socket, one, socket * 100 + index, socket * 100 + index, false);
    });
  for (let socket = 0; socket < 20; socket++)
    keys.forEach((one, index) => {
      assert.equal(ledger.heldOf(socket, one), socket * 100 + index);
    });
});

test('what a socket brings along from an earlier connection is continued', () => {
  const { ledger, found } = holding();
  ledger.resume(1, 'AAPL', 1000, 30);
  assert.equal(ledger.since(1, 'AAPL'), '1000-30');
  ledger.recovered(1, 'AAPL');
  assert.equal(ledger.update(1, key, 31, 31, false), 'live');
  assert.equal(ledger.update(1, key, 33, 33, false), 'wrong');
  assert.deepEqual(found, ['gap']);
});
