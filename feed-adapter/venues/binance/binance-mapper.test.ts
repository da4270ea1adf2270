import assert from 'node:assert/strict';
import { test } from 'node:test';
import { symbolOf } from '#feed-adapter/fixtures.ts';
import type { Fields } from '#feed-adapter/venues/fields.ts';
import type { LastNumbers } from '#feed-adapter/venues/venue.ts';
import { VenueSymbols } from '#feed-adapter/venues/venue-symbols.ts';
import { createBinanceMapper } from './binance-mapper.ts';

// Written by hand after https://developers.binance.com/docs/binance-spot-api-docs/web-socket-streams
const at = 1_709_647_200_123;

const trade = (t: unknown): Fields => ({
  e: 'trade',
  E: at + 2,
  s: 'BTCUSDT',
  t,
  p: '65000.10',
  q: '0.002',
  T: at,
  m: true,
  M: true,
});
const aggTrade = (a: unknown): Fields => ({
  e: 'aggTrade',
  E: at + 2,
  s: 'BTCUSDT',
  a,
  p: '65000.10',
  q: '0.002',
  f: 100,
  l: 105,
  T: at,
  m: true,
  M: true,
});
const bookTicker = (over: Fields = {}): Fields => ({
  u: 400_900_217,
  s: 'BTCUSDT',
  b: '64999.90',
  B: '31.2',
  a: '65000.20',
  A: '40.6',
  ...over,
});

const tick = { symbol: 'BTC-USDT', price: 65_000.1, size: 0.002, venueTime: at };

/** A mapper, and the gaps that it reported. */
function setUp(last?: LastNumbers) {
  const symbols = new VenueSymbols([
    { symbol: symbolOf('BTC-USDT'), venueSymbol: 'BTCUSDT' },
    { symbol: symbolOf('ETH-USDT'), venueSymbol: 'ETHUSDT' },
  ]);
  const gaps: number[] = [];
  return { mapper: createBinanceMapper(symbols, (_, missed) => gaps.push(missed), last), gaps };
}

test('a trade is a tick under our name, at its trade time', () => {
  assert.deepEqual(setUp().mapper.map(trade(12_345)), { ...tick, tradeId: '12345', venueNumber: 12_345 });
});

test('an aggregate of trades is a tick with the id of the aggregate', () => {
  assert.deepEqual(setUp().mapper.map(aggTrade(777)), { ...tick, tradeId: '777', venueNumber: 777 });
});

test('a book ticker is a quote without a time, with or without its type', () => {
  const { mapper } = setUp();
  const quote = { symbol: 'BTC-USDT', bid: 64_999.9, ask: 65_000.2 };
  assert.deepEqual(mapper.map(bookTicker()), quote);
  assert.deepEqual(mapper.map(bookTicker({ e: 'bookTicker' })), quote);
});

test('an empty side has no price, and a book without orders is no news', () => {
  const { mapper } = setUp();
  assert.deepEqual(mapper.map(bookTicker({ b: '0.00000000' })), { symbol: 'BTC-USDT', ask: 65_000.2 });
  assert.equal(mapper.map(bookTicker({ a: '0.0', b: '0.0' })), undefined);
});

test('missing ids of aggregates are a gap, each symbol on its own', () => {
  const { mapper, gaps } = setUp();
  mapper.map(aggTrade(10));
  mapper.map({ ...aggTrade(900), s: 'ETHUSDT' });
  mapper.map(aggTrade(13));
  assert.deepEqual(gaps, [2]);
});

test('missing ids of trades are a gap', () => {
  const { mapper, gaps } = setUp();
  for (const id of [10, 11, 15]) mapper.map(trade(id));
  assert.deepEqual(gaps, [3]);
});

test('a successor sees by the first id what nobody published, and no hole where there is none', () => {
  const last = new Map([
    [symbolOf('BTC-USDT'), 100],
    [symbolOf('ETH-USDT'), 7],
  ]);
  const { mapper, gaps } = setUp(last);
  mapper.map(trade(105));
  mapper.map({ ...trade(8), s: 'ETHUSDT' });
  assert.deepEqual(gaps, [4]);
});

test('numbers of the book are no sequence', () => {
  const { mapper, gaps } = setUp();
  for (const u of [10, 500, 20]) mapper.map(bookTicker({ u }));
  assert.deepEqual(gaps, []);
});

test('what can not be mapped says why', () => {
  const { mapper } = setUp();
  assert.equal(mapper.map({}), 'missing_field');
  assert.equal(mapper.map({ e: 'kline', s: 'BTCUSDT' }), 'unmapped_type');
  assert.equal(mapper.map({ ...trade(1), s: 'DOGEUSDT' }), 'unknown_symbol');
  assert.equal(mapper.map({ ...trade(1), s: 'btcusdt' }), 'unknown_symbol');
  for (const field of ['s', 't', 'p', 'q', 'T'])
    assert.equal(mapper.map({ ...trade(1), [field]: undefined }), 'missing_field', field);
  assert.equal(mapper.map(bookTicker({ b: undefined })), 'missing_field');
  assert.equal(mapper.map(trade('1')), 'missing_field');
});
