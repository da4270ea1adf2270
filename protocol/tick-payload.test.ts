import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toPriceUpdate } from './price-update.ts';
import { parseSymbol } from './symbol.ts';
import type { Tick } from './tick.ts';
import { decodeTick, encodeTick, writeTick } from './tick-payload.ts';

const symbol = parseSymbol('AAPL') ?? assert.fail();
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const time = fc.integer({ min: 0, max: 4_000_000_000_000 });

const ticks: fc.Arbitrary<Tick> = fc
  .record(
    {
      symbol: fc.constant(symbol),
      price: finite,
      size: finite,
      bid: finite,
      ask: finite,
      volume: finite,
      source: fc.string({ unit: 'grapheme', maxLength: 8 }),
      venueTime: time,
      receivedAt: time,
      tradeId: fc.string({ unit: 'grapheme' }),
      conditions: fc.string({ unit: 'grapheme' }),
      flags: fc.integer({ min: 0, max: 63 }),
      gaveUp: fc.integer({ min: 1, max: 1_000_000 }),
      window: fc.record({ high: finite, low: finite }, { noNullPrototype: true }),
    },
    {
      requiredKeys: ['symbol', 'price', 'source', 'venueTime', 'receivedAt', 'flags'],
      noNullPrototype: true,
    },
  )
  .map(({ window, ...tick }) => ({ ...tick, ...window }));

test('a tick comes back from its payload as it went in', () => {
  fc.assert(
    fc.property(ticks, (tick) => {
      assert.deepEqual(decodeTick(symbol, encodeTick(tick)), tick);
    }),
  );
});

test('it is read from the middle of other bytes, as a hub receives it', () => {
  fc.assert(
    fc.property(ticks, fc.uint8Array(), (tick, around) => {
      const payload = encodeTick(tick);
      const start = around.length;
      const bytes = Buffer.concat([around, payload, around]);
      assert.deepEqual(decodeTick(symbol, bytes, start, start + payload.length), tick);
    }),
  );
});

test('payloads are written one after the other, and not beyond the end', () => {
  fc.assert(
    fc.property(ticks, ticks, (first, second) => {
      const bytes = Buffer.concat([encodeTick(first), encodeTick(second)]);
      const view = new DataView(new ArrayBuffer(bytes.length));
      assert.equal(writeTick(second, view, writeTick(first, view, 0)), bytes.length);
      assert.deepEqual(Buffer.from(view.buffer), bytes);
      assert.throws(() => writeTick(second, view, bytes.length), RangeError);
    }),
  );
});

const small: Tick = {
  symbol,
  price: 150.25,
  size: 100,
  source: 'sim',
  venueTime: 1_726_317_296_789,
  receivedAt: 1_726_317_296_800,
  flags: 16,
};

test('the payload in Redis is these bytes', () => {
  assert.equal(
    Buffer.from(encodeTick(small)).toString('hex'),
    // version, flags, optional fields, length of source; price, two times, size; source
    '02100103' + '4062c80000000000' + '42791f0877c95000' + '42791f0877ca0000' + '4059000000000000' + '73696d',
  );
  const full = { ...small, bid: 1, ask: 2, volume: 3, gaveUp: 4, tradeId: 'é', conditions: '' };
  assert.equal(
    Buffer.from(encodeTick(full)).subarray(36).toString('hex'),
    '3ff0000000000000' +
      '4000000000000000' +
      '4008000000000000' +
      '4010000000000000' +
      '73696d' +
      '0002c3a9' +
      '0000',
  );
});

test('a payload of another version, cut off, or with bytes left over is no tick', () => {
  const payload = encodeTick({ ...small, tradeId: 'trade', conditions: 'F' });
  for (let length = 0; length < payload.length; length++)
    assert.equal(decodeTick(symbol, payload.subarray(0, length)), undefined);
  assert.equal(decodeTick(symbol, Buffer.concat([payload, Buffer.of(0)])), undefined);
  assert.equal(decodeTick(symbol, Buffer.concat([Buffer.of(1), payload.subarray(1)])), undefined);
});

test('a number that is none, or a time that no calendar has, is no tick', () => {
  for (const broken of [Number.NaN, Number.POSITIVE_INFINITY, 9e15]) {
    assert.equal(decodeTick(symbol, encodeTick({ ...small, venueTime: broken })), undefined);
    assert.equal(decodeTick(symbol, encodeTick({ ...small, receivedAt: broken })), undefined);
  }
  assert.equal(decodeTick(symbol, encodeTick({ ...small, price: Number.NaN })), undefined);
});

test('an optional number that is none is left out', () => {
  const { size: _, ...withoutSize } = small;
  assert.deepEqual(decodeTick(symbol, encodeTick({ ...small, size: Number.NaN })), withoutSize);
  assert.deepEqual(decodeTick(symbol, encodeTick({ ...small, gaveUp: 0 })), small);
});

test('a text that is too long for its length is refused when it is written', () => {
  assert.throws(() => encodeTick({ ...small, source: 'é'.repeat(128) }), RangeError);
  assert.throws(() => encodeTick({ ...small, tradeId: 'x'.repeat(65_536) }), RangeError);
  const longest = { ...small, source: 'x'.repeat(255), tradeId: 'x'.repeat(65_535) };
  assert.deepEqual(decodeTick(symbol, encodeTick(longest)), longest);
});

test('whatever bytes are read as a tick can be told to clients', () => {
  fc.assert(
    fc.property(ticks, fc.nat(), fc.integer({ min: 0, max: 255 }), (tick, index, byte) => {
      const payload = encodeTick(tick);
      payload[index % payload.length] = byte;
      const read = decodeTick(symbol, payload);
      if (read !== undefined) JSON.stringify(toPriceUpdate(read, 0));
    }),
  );
});
