import assert from 'node:assert/strict';
import { test } from 'node:test';
import { codecs } from '#protocol/codec.ts';
import { PreparedFrames } from './prepared-frames.ts';

test('a prepared frame carries its symbol, and the number and stamp of each update', () => {
  const frames = new PreparedFrames(12);
  for (const [index, seq, received] of [
    [0, 0, 1_731_000_000_000],
    [11, 1, 1_731_000_000_001],
    [11, 4_000_000_000, 1_999_999_999_999],
  ] as const) {
    const decoded = codecs.msgpack.decode(frames.frame(index, seq, received));
    assert.ok(decoded.ok);
    const { data } = decoded.value as { data: Record<string, { seq: number; received: number }> };
    const { [`S${index}`]: update } = data;
    assert.deepEqual([update?.seq, update?.received], [seq, received]);
  }
  assert.throws(() => frames.frame(12, 1, 1), RangeError);
});
