import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { symbolOf } from '#feed-adapter/fixtures.ts';
import { mapAlpaca } from './alpaca/alpaca-mapper.ts';
import { createBinanceMapper } from './binance/binance-mapper.ts';
import { createCoinbaseMapper } from './coinbase/coinbase-mapper.ts';
import type { Fields } from './fields.ts';
import { createHttpPollMapper } from './http-poll/http-poll-mapper.ts';
import type { Mapped } from './mapped.ts';
import type { VenueSink, VenueTick } from './venue.ts';
import { VenueSymbols } from './venue-symbols.ts';

const symbol = symbolOf('BTC-USD');
const symbols = new VenueSymbols([{ symbol }]);
const rejections = ['malformed', 'unmapped_type', 'missing_field', 'unknown_symbol', 'venue_error'];

/** Values that have broken parsers before. */
const nasty = fc.oneof(
  fc.constantFrom<unknown>('1e999', '-1e999', 'NaN', 'Infinity', '', ' ', '0x1f', '1_000', '9'.repeat(400)),
  fc.constantFrom<unknown>(Number.MAX_SAFE_INTEGER, 2 ** 53, -1, 1.5, 1e308, 5e-324, -0),
  fc.constantFrom<unknown>('__proto__', 'constructor', 'toString', 'hasOwnProperty', 'BTC-USD'),
  fc.constantFrom<unknown>(
    '2024-02-30T25:61:61Z',
    '9999-12-31T23:59:59.999999999999Z',
    '2024-03-05T14:00:00Z',
  ),
  fc.constantFrom<unknown>(null, true, [], {}, [[]], ['BTC-USD'], { length: 1 }, { toString: 'no' }),
  fc.jsonValue(),
);

/** Messages with a venue's own field names and anything behind them, so that they get deep into the mapper. */
function messages(types: Readonly<Record<string, readonly string[]>>, names: readonly string[]) {
  const [typeField = '', typeNames = []] = Object.entries(types)[0] ?? [];
  const fields = fc.dictionary(fc.constantFrom(...names, '__proto__', 'constructor'), nasty, { maxKeys: 12 });
  return fc.record({ type: fc.oneof(fc.constantFrom(...typeNames), nasty), known: fc.boolean(), fields }).map(
    ({ type, known, fields: over }): Fields => ({
      ...over,
      ...(known && { product_id: symbol, s: symbol, S: symbol }),
      [typeField]: type,
    }),
  );
}

/** A tick holds what its type says: numbers (any), short texts, and a symbol that we asked for. */
function assertMapped(mapped: Mapped): void {
  if (mapped === undefined) return;
  if (typeof mapped === 'string') {
    assert.ok(rejections.includes(mapped));
    return;
  }
  assert.equal(mapped.symbol, symbol);
  const { symbol: _, tradeId, conditions, ...numbers }: VenueTick = mapped;
  for (const value of Object.values(numbers)) assert.equal(typeof value, 'number');
  assert.ok(tradeId === undefined || (typeof tradeId === 'string' && tradeId.length <= 32));
  assert.ok(conditions === undefined || (typeof conditions === 'string' && conditions.length <= 80));
}

/** A mapper keeps what it saw, so it gets many messages in a row. */
function holdsFor(message: fc.Arbitrary<Fields>, create: (gap: VenueSink['gap']) => (m: Fields) => Mapped) {
  fc.assert(
    fc.property(fc.array(message, { maxLength: 8 }), (all) => {
      const map = create((_, missed) => assert.ok(Number.isSafeInteger(missed) && missed > 0));
      for (const one of all) assertMapped(map(one));
    }),
    { numRuns: 1500 },
  );
}

test('no message makes the Coinbase mapper throw, or pass on what is no tick', () => {
  const names = [
    'trade_id',
    'price',
    'size',
    'last_size',
    'time',
    'best_bid',
    'best_ask',
    'volume_24h',
    'last_trade_id',
  ];
  const types = ['ticker', 'match', 'last_match', 'heartbeat'];
  holdsFor(messages({ type: types }, names), (gap) => createCoinbaseMapper(symbols, gap).map);
});

test('no message makes the Binance mapper throw, or pass on what is no tick', () => {
  const names = ['t', 'a', 'b', 'p', 'q', 'T', 'u', 'f', 'l', 'E'];
  const types = ['trade', 'aggTrade', 'bookTicker'];
  holdsFor(messages({ e: types }, names), (gap) => createBinanceMapper(symbols, gap).map);
});

test('no message makes the Alpaca mapper throw, or pass on what is no tick', () => {
  const names = ['i', 'x', 'p', 's', 't', 'c', 'z', 'bp', 'ap'];
  holdsFor(messages({ T: ['t', 'q'] }, names), () => (message) => mapAlpaca(message, symbols));
});

test('no answer makes the polling mapper throw, or pass on what is no tick', () => {
  const paths = { itemsPath: 'items', symbolPath: 's', pricePath: 'p', timePath: 't', bidPath: 'b.c[0]' };
  const item = messages({ s: ['BTC-USD'] }, ['p', 't', 'b']);
  const answer = fc.oneof(nasty, fc.record({ items: fc.oneof(nasty, fc.array(fc.oneof(item, nasty))) }));
  fc.assert(
    fc.property(answer, fc.constantFrom('s', 'ms', 'ns', 'iso'), (value, timeUnit) => {
      const mapper = createHttpPollMapper({ ...paths, timeUnit }, symbols);
      for (const mapped of mapper.all(value)) assertMapped(mapped);
      assertMapped(mapper.one(symbol, value));
    }),
    { numRuns: 1500 },
  );
});
