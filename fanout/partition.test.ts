import assert from 'node:assert/strict';
import { test } from 'node:test';
import { symbolOf } from './fixtures.ts';
import { partitionCount, partitionOf } from './partition.ts';
import { hashSlot } from './redis/connection/hash-slot.ts';
import { stateKey, streamKey } from './redis/keys.ts';

test('the partition of a symbol never changes: streams would be orphaned', () => {
  const partitions = ['AAPL', 'TSLA', 'BTC-USD', 'EUR/USD', 'BRK.B'].map((name) =>
    partitionOf(symbolOf(name)),
  );
  assert.deepEqual(partitions, [31, 90, 32, 42, 57]);
});

test('symbols are spread evenly', () => {
  const counts = new Array<number>(partitionCount).fill(0);
  for (let i = 0; i < 12_800; i++) {
    const partition = partitionOf(symbolOf(`SYM${i}`));
    counts[partition] = (counts[partition] ?? Number.NaN) + 1;
  }
  assert.ok(
    Math.min(...counts) > 50 && Math.max(...counts) < 200,
    `${Math.min(...counts)}–${Math.max(...counts)}`,
  );
});

test('no symbol can name a stream like a key of another kind', () => {
  assert.notEqual(streamKey(symbolOf('state')), stateKey(partitionOf(symbolOf('state'))));
  assert.throws(() => symbolOf(':state'));
});

test('hash slots are those of Redis', () => {
  // From the cluster specification: CRC16 of "123456789" is 0x31C3.
  assert.equal(hashSlot('123456789'), 0x31c3);
  assert.equal(hashSlot(''), 0);
});

test('the partitions lie on many slots', () => {
  const slots = new Set(Array.from({ length: partitionCount }, (_, i) => hashSlot(String(i))));
  assert.equal(slots.size, partitionCount);
});
