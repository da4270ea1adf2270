import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
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
