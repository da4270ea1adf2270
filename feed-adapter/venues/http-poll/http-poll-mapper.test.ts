import assert from 'node:assert/strict';
import { test } from 'node:test';
import { symbolOf } from '#feed-adapter/fixtures.ts';
import { VenueSymbols } from '#feed-adapter/venues/venue-symbols.ts';
import { createHttpPollMapper } from './http-poll-mapper.ts';
import type { HttpPollPaths, TimeUnit } from './http-poll-options.ts';

const apple = symbolOf('AAPL');
const gold = symbolOf('XAU/USD');
const at = Date.UTC(2024, 2, 5, 14, 30, 0, 123);

function mapperOf(paths: HttpPollPaths) {
  const symbols = [{ symbol: apple }, { symbol: gold, venueSymbol: 'gold' }];
  return createHttpPollMapper(paths, new VenueSymbols(symbols));
}

test('values are taken from their paths, as numbers or as text', () => {
  const mapper = mapperOf({
    pricePath: 'data.quote[0].last',
    timePath: 'data.time',
    ...{ sizePath: 'data.size', bidPath: 'data.bid', askPath: 'data.ask', volumePath: 'data.volume' },
  });
  const data = { quote: [{ last: '170.5' }], time: at, size: 3, bid: 170.4, ask: '170.6', volume: 1e6 };
  const expected = {
    symbol: 'AAPL',
    price: 170.5,
    venueTime: at,
    size: 3,
    bid: 170.4,
    ask: 170.6,
    volume: 1e6,
  };
  assert.deepEqual(mapper.one(apple, { data }), expected);
});

test('a time may be seconds, milliseconds, nanoseconds or RFC 3339', () => {
  const timeOf = (timeUnit: TimeUnit, time: unknown) => {
    const tick = mapperOf({ pricePath: 'p', timePath: 't', timeUnit }).one(apple, { p: 1, t: time });
    return typeof tick === 'object' ? tick.venueTime : tick;
  };
  assert.equal(timeOf('s', at / 1000), at);
  assert.equal(timeOf('ms', String(at)), at);
  assert.equal(timeOf('ns', `${at}456789`), at);
  assert.equal(timeOf('iso', '2024-03-05T14:30:00.123456Z'), at);
  assert.equal(timeOf('iso', at), 'missing_field');
});

test('what has not changed is not passed on again', () => {
  const mapper = mapperOf({ pricePath: 'p', timePath: 't', bidPath: 'b', volumePath: 'v' });
  const poll = (p: number, t: number, b: number, v: number) =>
    mapper.one(apple, { p, t, b, v }) !== undefined;
  assert.equal(poll(1, at, 0.9, 5), true);
  assert.equal(poll(1, at, 0.9, 5), false);
  assert.equal(poll(1, at, 0.9, 6), false, 'volume alone is no news');
  assert.equal(poll(1, at + 1, 0.9, 6), true, 'a later trade at the same price is');
  assert.equal(poll(1, at + 1, 0.8, 6), true);
  assert.equal(poll(2, at + 1, 0.8, 6), true);
});

test('a list of items is mapped by symbol; others are left out, absent ones are missing', () => {
  const mapper = mapperOf({ itemsPath: 'result.items', symbolPath: 'id', pricePath: 'last' });
  const items = [{ id: 'silver', last: 25 }, { id: 'gold', last: 2100 }, null, 7, { id: '__proto__' }];
  assert.deepEqual(mapper.all({ result: { items } }), ['missing_field', { symbol: 'XAU/USD', price: 2100 }]);
});

test('an object of items is mapped by key', () => {
  const mapper = mapperOf({ itemsPath: '', pricePath: 'usd' });
  const answer = JSON.parse('{"gold":{"usd":2100},"AAPL":{"usd":170},"__proto__":{"usd":1}}');
  assert.deepEqual(mapper.all(answer), [
    { symbol: 'AAPL', price: 170 },
    { symbol: 'XAU/USD', price: 2100 },
  ]);
});

test('an answer of another shape is a missing field', () => {
  const mapper = mapperOf({ itemsPath: 'items', symbolPath: 'id', pricePath: 'last' });
  for (const answer of [null, 7, 'text', [], {}, { items: 7 }])
    assert.deepEqual(mapper.all(answer), ['missing_field']);
  assert.equal(mapperOf({ pricePath: 'a.b.c' }).one(apple, { a: { b: null } }), 'missing_field');
  assert.equal(mapperOf({ pricePath: 'p', timePath: 't' }).one(apple, { p: 1 }), 'missing_field');
});

test('paths can not reach a prototype', () => {
  for (const pricePath of ['constructor.length', '__proto__.x', 'a.__proto__.b'])
    assert.equal(mapperOf({ pricePath }).one(apple, {}), 'missing_field', pricePath);
});
