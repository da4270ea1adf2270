import assert from 'node:assert/strict';
import { test } from 'node:test';
import { symbolsOf } from '#feed-adapter/fixtures.ts';
import type { Fields } from '#feed-adapter/venues/fields.ts';
import { VenueSymbols } from '#feed-adapter/venues/venue-symbols.ts';
import { mapAlpaca } from './alpaca-mapper.ts';

// Written by hand after https://docs.alpaca.markets/docs/real-time-stock-pricing-data
const symbols = new VenueSymbols(symbolsOf('AAPL', 'BRK.B').map((symbol) => ({ symbol })));
const venueTime = Date.UTC(2024, 2, 5, 14, 30, 0, 123);

const trade: Fields = {
  T: 't',
  S: 'AAPL',
  i: 96_921,
  x: 'V',
  p: 170.55,
  s: 3,
  t: '2024-03-05T14:30:00.123456789Z',
  c: ['@', 'I'],
  z: 'C',
};
const quote: Fields = {
  T: 'q',
  S: 'AAPL',
  bx: 'V',
  bp: 170.5,
  bs: 2,
  ax: 'V',
  ap: 170.6,
  as: 4,
  t: '2024-03-05T14:30:00.123456789Z',
  c: ['R'],
  z: 'C',
};

const map = (message: Fields) => mapAlpaca(message, symbols);

test('a trade has its conditions, its nanoseconds cut, and an id of its exchange', () => {
  const tick = { symbol: 'AAPL', price: 170.55, size: 3, venueTime, tradeId: 'V-96921', conditions: '@,I' };
  assert.deepEqual(map(trade), tick);
});

test('the same number at another exchange is another trade', () => {
  const other = map({ ...trade, x: 'Q' });
  assert.ok(typeof other === 'object' && other.tradeId === 'Q-96921');
});

test('a quote has both sides and no price', () => {
  assert.deepEqual(map(quote), { symbol: 'AAPL', bid: 170.5, ask: 170.6, venueTime });
});

test('a side without orders has no price', () => {
  assert.deepEqual(map({ ...quote, bp: 0 }), { symbol: 'AAPL', ask: 170.6, venueTime });
  assert.equal(map({ ...quote, bp: 0, ap: 0 }), 'missing_field');
});

test('corrections and cancels are counted as unmapped', () => {
  for (const T of ['c', 'x', 'b', 's']) assert.equal(map({ T, S: 'AAPL' }), 'unmapped_type');
});

test('what can not be mapped says why', () => {
  assert.equal(map({}), 'missing_field');
  assert.equal(map({ ...trade, S: undefined }), 'missing_field');
  assert.equal(map({ ...trade, S: 'TSLA' }), 'unknown_symbol');
  for (const field of ['i', 'p', 's', 't'])
    assert.equal(map({ ...trade, [field]: undefined }), 'missing_field', field);
  assert.equal(map({ ...quote, t: undefined }), 'missing_field');
});

test('odd conditions do no harm', () => {
  const odd = map({ ...trade, c: [1, null, {}, 'x'.repeat(1000), ...'abcdefghijkl'] });
  assert.ok(typeof odd === 'object' && odd.conditions === 'xxxxxxxx,a,b,c,d,e,f,g');
  const none = map({ ...trade, c: 'I' });
  assert.ok(typeof none === 'object' && none.conditions === undefined);
});
