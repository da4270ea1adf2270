import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keyOfText } from '#loadtest/swarm/dialect/symbol-key.ts';
import { Ledger, type ViolationKind } from './ledger.ts';

// The rules are tested in reference-judge.test.ts, and that the ledger keeps them in ledger.property.test.ts.

const key = keyOfText('AAPL');

test('what is held is told as a position, and not while a snapshot is due', () => {
  const ledger = new Ledger(2, 3, 'subscribed', (kind) => assert.fail(kind));
  ledger.enter(1, key);
  assert.equal(ledger.heldOf(1, key), -1);
  ledger.subscribed(1, 'AAPL', { position: '1000-10' });
  assert.deepEqual([ledger.since(1, 'AAPL'), ledger.heldOf(1, key)], [undefined, undefined]);
  assert.equal(ledger.update(1, key, 10, 10, true), 'snapshot');
  assert.equal(ledger.update(1, key, 11, 20, false), 'live');
  assert.deepEqual([ledger.since(1, 'AAPL'), ledger.heldOf(1, key)], ['1000-20', 20]);
});

test('a symbol that a socket never asked for is found, in whichever message', () => {
  const found: ViolationKind[] = [];
  const ledger = new Ledger(1, 1, 'subscribed', (kind) => found.push(kind));
  ledger.enter(0, key);
  ledger.subscribed(0, 'MSFT', { position: '1000-1' });
  ledger.reset(0, 'MSFT', '1000-1');
  assert.equal(ledger.update(0, keyOfText('MSFT'), 0, 0, false), 'wrong');
  assert.deepEqual(found, ['not_subscribed', 'not_subscribed', 'not_subscribed']);
});

test('a hub without positions begins with its first update, and is held to it over connections', () => {
  const found: ViolationKind[] = [];
  const ledger = new Ledger(1, 1, 'anything', (kind) => found.push(kind));
  ledger.enter(0, key);
  assert.equal(ledger.update(0, key, 7, 7, false), 'live');
  ledger.disconnected(0);
  assert.equal(ledger.update(0, key, 8, 8, false), 'live');
  assert.equal(ledger.update(0, key, 10, 10, false), 'wrong');
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
  const found: ViolationKind[] = [];
  const ledger = new Ledger(2, 3, 'subscribed', (kind) => found.push(kind));
  ledger.enter(1, key);
  ledger.resume(1, 'AAPL', { epoch: 1000, seq: 30 });
  assert.equal(ledger.since(1, 'AAPL'), '1000-30');
  ledger.subscribed(1, 'AAPL', { position: '1000-31', recovered: true });
  assert.equal(ledger.update(1, key, 31, 31, false), 'live');
  assert.equal(ledger.update(1, key, 33, 33, false), 'wrong');
  assert.deepEqual(found, ['gap']);
});
