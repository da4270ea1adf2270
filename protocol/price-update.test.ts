import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPriceUpdate } from './price-update.ts';
import { parseSymbol } from './symbol.ts';
import { type Tick, tickFlags } from './tick.ts';

const symbol = parseSymbol('AAPL') ?? assert.fail();
const bare: Tick = {
  symbol,
  price: 150.23,
  source: 'sim',
  venueTime: Date.UTC(2024, 8, 14, 12, 34, 56, 789),
  receivedAt: 1_726_317_296_800,
  flags: 0,
};

test('a tick with nothing optional becomes an update with nothing optional', () => {
  assert.deepEqual(toPriceUpdate(bare, 45), {
    price: 150.23,
    timestamp: '2024-09-14T12:34:56.789Z',
    seq: 45,
    received: 1_726_317_296_800,
  });
});

test('every optional field of a tick that the wire knows is carried over, zero included', () => {
  const update = toPriceUpdate({ ...bare, size: 0, bid: 150.2, ask: 150.25, volume: 1e9 }, 0);
  assert.deepEqual(
    [update.size, update.bid, update.ask, update.volume, update.seq],
    [0, 150.2, 150.25, 1e9, 0],
  );
});

test('halted and suspect are written only when their flags are set', () => {
  const halted = toPriceUpdate({ ...bare, flags: tickFlags.halted | tickFlags.late }, 1);
  assert.equal(halted.halted, true);
  assert.equal('suspect' in halted, false);
  const suspect = toPriceUpdate({ ...bare, flags: tickFlags.suspect | tickFlags.simulated }, 1);
  assert.equal(suspect.suspect, true);
  assert.equal('halted' in suspect, false);
});

test('what is internal to the adapter does not reach the wire', () => {
  const tick: Tick = { ...bare, tradeId: 't1', conditions: 'F', gaveUp: 3 };
  const update = toPriceUpdate(tick, 1);
  assert.deepEqual(Object.keys(update), ['price', 'timestamp', 'seq', 'received']);
});
