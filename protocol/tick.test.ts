import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeMsgpack } from './msgpack.ts';
import { toPriceUpdate } from './price-update.ts';
import { parseSymbol } from './symbol.ts';
import { decodeTick, encodeTick, type Tick } from './tick.ts';

const symbol = parseSymbol('AAPL') ?? assert.fail();
// MessagePack writes whole numbers as integers: -0 becomes 0.
const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);
const time = fc.integer({ min: 0, max: 4_000_000_000_000 });

const ticks: fc.Arbitrary<Tick> = fc.record(
  {
    symbol: fc.constant(symbol),
    price: finite,
    size: finite,
    bid: finite,
    ask: finite,
    volume: finite,
    source: fc.string(),
    venueTime: time,
    receivedAt: time,
    tradeId: fc.string(),
    conditions: fc.string(),
    flags: fc.integer({ min: 0, max: 63 }),
    gaveUp: fc.integer({ min: 1, max: 1_000_000 }),
  },
  { requiredKeys: ['symbol', 'price', 'source', 'venueTime', 'receivedAt', 'flags'], noNullPrototype: true },
);

test('a tick comes back from its payload as it went in', () => {
  fc.assert(
    fc.property(ticks, (tick) => {
      assert.deepEqual(decodeTick(symbol, encodeTick(tick)), tick);
    }),
  );
});

test('the payload in Redis is these bytes', () => {
  const tick: Tick = {
    symbol,
    price: 150.25,
    size: 100,
    source: 'sim',
    venueTime: 1_726_317_296_789,
    receivedAt: 1_726_317_296_800,
    flags: 16,
  };
  assert.equal(
    Buffer.from(encodeTick(tick)).toString('hex'),
    // 13 elements: version, price, two times, flags, source, size, 5 × nil, gave up
    '9d01cb4062c80000000000cb42791f0877c95000cb42791f0877ca000010a373696d64c0c0c0c0c000',
  );
});

test('a payload of another version, cut off, or of another form is no tick', () => {
  const payload = encodeTick({ symbol, price: 1, source: 's', venueTime: 0, receivedAt: 0, flags: 0 });
  for (let length = 0; length < payload.length; length++)
    assert.equal(decodeTick(symbol, payload.subarray(0, length)), undefined);
  for (const other of [{}, [], 'tick', null, [2, 1, 0, 0, 0, 's'], [1, '150', 0, 0, 0, 's'], [1, 150]])
    assert.equal(decodeTick(symbol, encodeMsgpack(other)), undefined);
});

test('a number that is none, or a time that no calendar has, is no tick', () => {
  for (const broken of [Number.NaN, Number.POSITIVE_INFINITY, 9e15]) {
    const withBrokenTime = encodeMsgpack([1, 150, broken, 0, 0, 's']);
    assert.equal(decodeTick(symbol, withBrokenTime), undefined);
  }
  assert.equal(decodeTick(symbol, encodeMsgpack([1, Number.NaN, 0, 0, 0, 's'])), undefined);
});

test('whatever bytes are read as a tick can be told to clients', () => {
  const field = fc.oneof(finite, fc.double(), fc.string(), fc.constant(null), fc.constant(1));
  fc.assert(
    fc.property(fc.array(field, { minLength: 3, maxLength: 14 }), (fields) => {
      const tick = decodeTick(symbol, encodeMsgpack([1, ...fields]));
      if (tick !== undefined) JSON.stringify(toPriceUpdate(tick, 0));
    }),
  );
});
