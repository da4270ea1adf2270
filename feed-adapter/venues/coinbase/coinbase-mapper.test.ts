import assert from 'node:assert/strict';
import { test } from 'node:test';
import { symbolOf } from '#feed-adapter/fixtures.ts';
import type { Fields } from '#feed-adapter/venues/fields.ts';
import type { LastNumbers } from '#feed-adapter/venues/venue.ts';
import { VenueSymbols } from '#feed-adapter/venues/venue-symbols.ts';
import { createCoinbaseMapper } from './coinbase-mapper.ts';

// Written by hand after https://docs.cdp.coinbase.com/exchange/websocket-feed/channels
const time = '2024-03-05T14:00:00.123456Z';
const timeMs = Date.UTC(2024, 2, 5, 14, 0, 0, 123);

function match(tradeId: number, over: Fields = {}): Fields {
  const ids = { trade_id: tradeId, sequence: 9_000 + 7 * tradeId, product_id: 'ETH-USD' };
  return { type: 'match', ...ids, side: 'sell', size: '0.25', price: `${2000 + tradeId}`, time, ...over };
}

function ticker(tradeId: number, over: Fields = {}): Fields {
  const ids = { trade_id: tradeId, sequence: 9_000 + 7 * tradeId, product_id: 'ETH-USD' };
  const book = { best_bid: '1999.5', best_ask: '2000.5', volume_24h: '1234.5', last_size: '0.25' };
  return { type: 'ticker', ...ids, ...book, side: 'buy', price: `${2000 + tradeId}`, time, ...over };
}

const heartbeat = (tradeId: unknown): Fields => ({
  type: 'heartbeat',
  sequence: 90,
  last_trade_id: tradeId,
  product_id: 'ETH-USD',
  time,
});

const trade = (id: number) => ({
  symbol: 'ETHER',
  price: 2000 + id,
  size: 0.25,
  venueTime: timeMs,
  tradeId: String(id),
  venueNumber: id,
});
const quote = { symbol: 'ETHER', bid: 1999.5, ask: 2000.5, volume: 1234.5, venueTime: timeMs };

/** A mapper, and the gaps that it reported. */
function setUp(last?: LastNumbers) {
  const symbols = new VenueSymbols([{ symbol: symbolOf('ETHER'), venueSymbol: 'ETH-USD' }]);
  const gaps: number[] = [];
  return { mapper: createCoinbaseMapper(symbols, (_, missed) => gaps.push(missed), last), gaps };
}

test('a match is a trade under our name', () => {
  const { mapper } = setUp();
  assert.deepEqual(mapper.map(match(7)), trade(7));
});

test('the ticker of a trade already passed on brings both sides, not the trade again', () => {
  const { mapper } = setUp();
  mapper.map(match(7));
  assert.deepEqual(mapper.map(ticker(7)), quote);
});

test('a ticker that comes before its match is the trade, and the match brings nothing new', () => {
  const { mapper } = setUp();
  mapper.map(match(7));
  assert.deepEqual(mapper.map(ticker(8)), { ...quote, ...trade(8) });
  assert.equal(mapper.map(match(8)), undefined);
  assert.deepEqual(mapper.map(match(9)), trade(9));
});

test('a ticker that runs ahead of several matches is a quote, so that the trades stay in order', () => {
  const { mapper, gaps } = setUp();
  mapper.map(match(7));
  assert.deepEqual(mapper.map(ticker(10)), quote);
  assert.deepEqual(
    [8, 9, 10].map((id) => mapper.map(match(id))),
    [8, 9, 10].map(trade),
  );
  assert.deepEqual(gaps, []);
});

test('the snapshot of ticker and last_match on connecting is one trade', () => {
  const { mapper, gaps } = setUp();
  assert.deepEqual(mapper.map(ticker(7)), { ...quote, ...trade(7) });
  assert.equal(mapper.map(match(7, { type: 'last_match' })), undefined);
  assert.deepEqual(gaps, []);
});

test('missing trade ids are a gap, numbers of the order book are not', () => {
  const { mapper, gaps } = setUp();
  for (const id of [7, 8, 11]) mapper.map(match(id));
  assert.deepEqual(gaps, [2]);
});

test('trades missed while reconnecting are a gap before the last_match', () => {
  const { mapper, gaps } = setUp();
  mapper.map(match(7));
  assert.deepEqual(mapper.map(ticker(20)), quote);
  assert.deepEqual(mapper.map(match(20, { type: 'last_match' })), trade(20));
  assert.deepEqual(gaps, [12]);
});

test('a trade that a heartbeat names is missing only when the next heartbeat finds it so', () => {
  const { mapper, gaps } = setUp();
  mapper.map(match(7));
  assert.equal(mapper.map(heartbeat(9)), undefined);
  mapper.map(match(8));
  mapper.map(match(9));
  mapper.map(heartbeat(11));
  assert.deepEqual(gaps, [], 'on their way');
  mapper.map(heartbeat(11));
  assert.deepEqual(gaps, [2], 'both trades have been lost');
  mapper.map(match(12));
  assert.deepEqual(gaps, [2], 'and are not counted again');
});

test('a successor sees by the snapshot of the last match what nobody published', () => {
  const { mapper, gaps } = setUp(new Map([[symbolOf('ETHER'), 10]]));
  mapper.map({ ...match(14), type: 'last_match' });
  assert.deepEqual(gaps, [3]);
  mapper.map(match(15));
  assert.deepEqual(gaps, [3]);
});

test('an empty side has no price, and a book without orders is no news', () => {
  const { mapper } = setUp();
  mapper.map(match(7));
  const { bid: _, ...askOnly } = quote;
  assert.deepEqual(mapper.map(ticker(7, { best_bid: '0' })), askOnly);
  assert.equal(mapper.map(ticker(7, { best_bid: '0', best_ask: '0' })), undefined);
});

test('a product that was never traded has a quote', () => {
  const { mapper } = setUp();
  const { trade_id: _, time: __, ...untraded } = ticker(0);
  const { venueTime: ___, ...timeless } = quote;
  assert.deepEqual(mapper.map(untraded), timeless);
});

test('what can not be mapped says why', () => {
  const { mapper, gaps } = setUp();
  assert.equal(mapper.map({}), 'missing_field');
  assert.equal(mapper.map({ type: 'l2update', product_id: 'ETH-USD' }), 'unmapped_type');
  assert.equal(mapper.map({ type: 'match' }), 'missing_field');
  assert.equal(mapper.map(match(7, { product_id: 'DOGE-USD' })), 'unknown_symbol');
  for (const field of ['trade_id', 'price', 'size', 'time'])
    assert.equal(mapper.map(match(7, { [field]: undefined })), 'missing_field', field);
  assert.equal(
    mapper.map(ticker(7, { best_bid: undefined, best_ask: undefined, trade_id: undefined })),
    'missing_field',
  );
  assert.equal(mapper.map(heartbeat('9')), 'missing_field');
  assert.deepEqual(gaps, []);
});
