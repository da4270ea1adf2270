import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { codecs, type WireFormat } from './codec.ts';
import type { PriceUpdate } from './messages.ts';
import { createUpdateJoiner, partOf } from './update-parts.ts';

const update = (seq: number): PriceUpdate => ({ price: seq / 7, timestamp: '2024-09-14T12:34:56.789Z', seq });

const messageOf = (symbols: readonly string[]) => ({
  type: 'price_update' as const,
  data: Object.fromEntries(symbols.map((symbol, index) => [symbol, update(index)])),
});

const namesOf = (count: number) => Array.from({ length: count }, (_, index) => `SYM.${index}`);

for (const format of ['json', 'msgpack'] satisfies WireFormat[])
  describe(`update parts in ${format}`, () => {
    const codec = codecs[format];
    const parts = (count: number) =>
      namesOf(count).map((symbol, index) =>
        partOf(format, codec.encode({ type: 'price_update', data: { [symbol]: update(index) } })),
      );

    for (const count of [1, 2, 15, 16, 300])
      test(`${count} parts make the message that the codec makes of their symbols`, () => {
        const joiner = createUpdateJoiner(format, 100_000);
        for (const part of parts(count)) assert.ok(joiner.add(part));
        assert.equal(joiner.count, count);
        const message = Buffer.from(joiner.take());
        assert.deepEqual(message, Buffer.from(codec.encode(messageOf(namesOf(count)))));
      });

    test('a message has nothing of the one before it', () => {
      const joiner = createUpdateJoiner(format, 100_000);
      for (const part of parts(20)) joiner.add(part);
      joiner.take();
      for (const part of parts(3)) joiner.add(part);
      assert.deepEqual(Buffer.from(joiner.take()), Buffer.from(codec.encode(messageOf(namesOf(3)))));
    });

    test('a part that has no room is left to the next message', () => {
      const [first, second] = parts(2);
      assert.ok(first !== undefined && second !== undefined);
      const joiner = createUpdateJoiner(format, 40 + second.length);
      assert.ok(joiner.add(first));
      assert.ok(!joiner.add(second));
      assert.deepEqual(codec.decode(Buffer.from(joiner.take())), { ok: true, value: messageOf(['SYM.0']) });
      assert.ok(joiner.add(second));
    });
  });

const price = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0); // JSON has no -0
const anyUpdate = fc.record(
  {
    ...{ price, timestamp: fc.string({ unit: 'grapheme', maxLength: 30 }), seq: fc.maxSafeNat() },
    ...{ from: fc.maxSafeNat(), size: price, bid: price, high: price, received: fc.maxSafeNat() },
    ...{ snapshot: fc.constant(true as const), suspect: fc.constant(true as const) },
  },
  { requiredKeys: ['price', 'timestamp', 'seq'], noNullPrototype: true },
);
const symbolText = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9./:=^+_-]{0,31}$/);
/** Up to 400 in any order, each of a symbol of its own: a message must not name one twice. */
const anyUpdates = fc.uniqueArray(fc.tuple(symbolText, anyUpdate), {
  maxLength: 400,
  selector: ([symbol]) => symbol,
  size: 'max',
});
/** Room for any one part, and for few or for most of them. */
const room = fc.integer({ min: 2000, max: 100_000 });

/** What the messages say that a joiner of so much room makes of the updates' parts, in their order. */
function joined(format: WireFormat, updates: readonly NamedUpdate[], messageBytesMax: number): NamedUpdate[] {
  const codec = codecs[format];
  const joiner = createUpdateJoiner(format, messageBytesMax);
  const said: NamedUpdate[] = [];
  const take = (): void => {
    const { count } = joiner;
    const message = joiner.take();
    assert.ok(message.length <= messageBytesMax);
    const decoded = codec.decode(message);
    assert.ok(decoded.ok);
    const { type, data } = decoded.value as { type: string; data: Record<string, PriceUpdate> };
    assert.deepEqual([type, Object.keys(data).length], ['price_update', count]);
    said.push(...Object.entries(data));
  };
  for (const [symbol, one] of updates) {
    const part = partOf(format, codec.encode({ type: 'price_update', data: { [symbol]: one } }));
    if (joiner.add(part)) continue;
    take();
    assert.ok(joiner.add(part), 'a message of its own has room for it');
  }
  if (joiner.count > 0) take();
  return said;
}

type NamedUpdate = readonly [symbol: string, update: PriceUpdate];

test('any parts, joined in any order and cut into messages anywhere, decode to their updates in both formats', () => {
  fc.assert(
    fc.property(anyUpdates, room, (updates, messageBytesMax) => {
      const expected = Object.fromEntries(updates);
      for (const format of ['json', 'msgpack'] satisfies WireFormat[]) {
        const said = joined(format, updates, messageBytesMax);
        assert.equal(said.length, updates.length);
        assert.deepEqual(Object.fromEntries(said), expected);
      }
    }),
  );
});
