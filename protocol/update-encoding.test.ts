import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { codecs } from './codec.ts';
import { readMsgpack } from './golden/read-msgpack.ts';
import type { PriceUpdateMessage } from './messages.ts';
import { type Conflation, toPriceUpdate } from './price-update.ts';
import { parseSymbol } from './symbol.ts';
import type { Tick } from './tick.ts';
import { timestampLength, writeTimestamp } from './timestamp-bytes.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0); // JSON has no -0
const symbols = fc
  .string({ unit: fc.constantFrom('A', 'z', '9', '.', '/', '^'), minLength: 1, maxLength: 32 })
  .map(parseSymbol)
  .filter((symbol) => symbol !== undefined);
const times = fc.oneof(
  fc.integer({ min: 1_700_000_000_000, max: 1_700_000_200_000 }),
  fc.integer({ min: -8.64e15, max: 8.64e15 }),
  fc.constantFrom(-62_167_219_200_000, -62_167_219_200_001, 253_402_300_799_999, 253_402_300_800_000),
);
const ticks: fc.Arbitrary<Tick> = fc.record(
  {
    symbol: symbols,
    price: finite,
    size: finite,
    bid: finite,
    ask: finite,
    volume: finite,
    source: fc.constant('test'),
    venueTime: times,
    receivedAt: fc.integer({ min: 0, max: 4_000_000_000_000 }),
    flags: fc.integer({ min: 0, max: 63 }),
    high: finite,
    low: finite,
  },
  { requiredKeys: ['symbol', 'price', 'source', 'venueTime', 'receivedAt', 'flags'], noNullPrototype: true },
);
const edge = fc.oneof(finite, fc.constantFrom(Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY));
const sequences = fc.oneof(fc.nat(), fc.constantFrom(0xffffffff, 0x100000000), fc.maxSafeNat());
const conflations = fc.record(
  { back: fc.nat({ max: 5 }), high: edge, low: edge },
  { requiredKeys: ['back'] },
);

interface Told {
  readonly tick: Tick;
  readonly seq: number;
  readonly conflation: Conflation | undefined;
}

const told: fc.Arbitrary<Told> = fc
  .record({ tick: ticks, seq: sequences, conflated: fc.option(conflations) })
  .map(({ tick, seq, conflated }) => {
    const { back = 0, ...window } = conflated ?? {};
    const conflation = conflated === null ? undefined : { from: Math.max(0, seq - back), ...window };
    return { tick, seq, conflation };
  });

const messageOf = ({ tick, seq, conflation }: Told): PriceUpdateMessage => ({
  type: 'price_update',
  data: { [tick.symbol]: toPriceUpdate(tick, seq, conflation) },
});

test('the JSON of a tick is the text that JSON.stringify makes of its message', () => {
  fc.assert(
    fc.property(told, (update) => {
      const text = codecs.json.encodeUpdate(update.tick, update.seq, update.conflation);
      assert.equal(Buffer.from(text).toString(), JSON.stringify(messageOf(update)));
    }),
    { numRuns: 1000 },
  );
});

test('the MessagePack of a tick is its message to every reader, whatever was written before', () => {
  fc.assert(
    fc.property(fc.array(told, { minLength: 1, maxLength: 5 }), (updates) => {
      for (const update of updates) {
        const bytes = codecs.msgpack.encodeUpdate(update.tick, update.seq, update.conflation);
        assert.deepEqual(readMsgpack(bytes), messageOf(update));
        assert.deepEqual(codecs.msgpack.decode(bytes), { ok: true, value: messageOf(update) });
      }
    }),
    { numRuns: 500 },
  );
});

test('the MessagePack of a tick is these bytes', () => {
  const tick: Tick = {
    symbol: parseSymbol('AAPL') ?? assert.fail(),
    price: 150,
    size: 100,
    source: 'sim',
    venueTime: Date.UTC(2024, 8, 14, 12, 34, 56, 789),
    receivedAt: 1_726_317_296_800,
    flags: 0,
  };
  const hex = (text: string): string => Buffer.from(text).toString('hex');
  const bytes = codecs.msgpack.encodeUpdate(tick, 45, { from: 40 });
  assert.equal(
    Buffer.from(bytes).toString('hex'),
    [
      `82a4${hex('type')}ac${hex('price_update')}a4${hex('data')}81a4${hex('AAPL')}86`,
      `a5${hex('price')}cb4062c00000000000`,
      `a9${hex('timestamp')}b8${hex('2024-09-14T12:34:56.789Z')}`,
      `a3${hex('seq')}ce0000002d`,
      `a4${hex('size')}cb4059000000000000`,
      `a8${hex('received')}cb42791f0877ca0000`,
      `a4${hex('from')}ce00000028`,
    ].join(''),
  );
});

test('a timestamp is written as the bytes of what Date writes', () => {
  const inYearsOfFourDigits = fc.integer({ min: -62_167_219_200_000, max: 253_402_300_799_999 });
  fc.assert(
    fc.property(inYearsOfFourDigits, fc.double({ min: 0, max: 0.9, noNaN: true }), (time, fraction) => {
      const bytes = new Uint8Array(timestampLength + 2);
      writeTimestamp(bytes, 1, time + fraction);
      const text = new Date(Math.floor(time + fraction)).toISOString();
      assert.equal(Buffer.from(bytes).toString('latin1'), `\0${text}\0`);
    }),
    { numRuns: 2000 },
  );
});
