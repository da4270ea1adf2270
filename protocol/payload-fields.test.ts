import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { givesUp, highIn, isTickPayload, lowIn, receivedAtIn, toldTickIn } from './payload-fields.ts';
import { parseSymbol } from './symbol.ts';
import type { Tick } from './tick.ts';
import { decodeTick, encodeTick } from './tick-payload.ts';

const symbol = parseSymbol('AAPL') ?? assert.fail();
const number = fc.double({ noDefaultInfinity: true });
const ticks: fc.Arbitrary<Tick> = fc.record(
  {
    symbol: fc.constant(symbol),
    price: fc.double(),
    size: number,
    bid: number,
    ask: number,
    volume: number,
    high: number,
    low: number,
    gaveUp: fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double()),
    source: fc.string({ maxLength: 8 }),
    venueTime: fc.oneof(fc.nat(), fc.double()),
    receivedAt: fc.oneof(fc.nat(), fc.double()),
    tradeId: fc.string(),
    conditions: fc.string(),
    flags: fc.nat(63),
  },
  { requiredKeys: ['symbol', 'price', 'source', 'venueTime', 'receivedAt', 'flags'] },
);
/** Payloads as they come, and with a byte changed or cut off. */
const payloads = fc
  .tuple(ticks, fc.option(fc.tuple(fc.nat(), fc.nat(255))), fc.option(fc.nat()))
  .map(([tick, change, cut]) => {
    const payload = encodeTick(tick);
    if (change !== null) payload[change[0] % payload.length] = change[1];
    return cut === null ? payload : payload.subarray(0, cut % payload.length);
  });

test('a payload is taken exactly when a tick can be made of it', () => {
  fc.assert(
    fc.property(payloads, fc.nat(5), (payload, before) => {
      const bytes = Buffer.concat([Buffer.alloc(before, 2), payload, Buffer.alloc(9, 7)]);
      const tick = decodeTick(symbol, bytes, before, before + payload.length);
      assert.equal(isTickPayload(bytes, before, before + payload.length), tick !== undefined);
    }),
    { numRuns: 2000 },
  );
});

test('what is read off a payload is what its tick says', () => {
  fc.assert(
    fc.property(payloads, (payload) => {
      const tick = decodeTick(symbol, payload);
      if (tick === undefined) return;
      const { price, high = price, low = price, receivedAt, gaveUp } = tick;
      const read = [highIn(payload, 0), lowIn(payload, 0), receivedAtIn(payload, 0), givesUp(payload, 0)];
      assert.deepEqual(read, [high, low, receivedAt, gaveUp !== undefined]);
      const { source: _source, tradeId: _tradeId, conditions: _conditions, ...told } = tick;
      assert.deepEqual(toldTickIn(symbol, payload, 0), told);
    }),
    { numRuns: 2000 },
  );
});
