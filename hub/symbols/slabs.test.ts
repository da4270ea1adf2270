import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createSlabs, type Slab } from './slabs.ts';

test('no two blocks that are in use overlap, whatever is taken and given back', () => {
  const action = fc.record({
    blockBytes: fc.constantFrom(8, 64, 65_536, 400_000),
    give: fc.boolean(),
    which: fc.nat(),
  });
  fc.assert(
    fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
      const slabs = createSlabs();
      const taken: { slab: Slab; at: number; mark: number }[] = [];
      for (const [mark, { blockBytes, give, which }] of actions.entries()) {
        if (give && taken.length > 0) {
          const [block] = taken.splice(which % taken.length, 1);
          if (block !== undefined) slabs.free(block.slab, block.at);
        } else {
          const slab = slabs.withRoom(blockBytes);
          const at = slab.take();
          slab.bytes.fill(mark, at, at + blockBytes);
          taken.push({ slab, at, mark });
        }
        for (const { slab, at, mark } of taken) {
          assert.equal(slab.bytes[at], mark & 0xff);
          assert.equal(slab.bytes[at + slab.blockBytes - 1], mark & 0xff);
        }
      }
    }),
  );
});

test('what is given back is used again, and slabs that nobody uses are let go', () => {
  const slabs = createSlabs();
  const blocks = Array.from({ length: 10_000 }, () => {
    const slab = slabs.withRoom(64);
    return { slab, at: slab.take() };
  });
  const bytes = slabs.bytes;
  for (const { slab, at } of blocks.slice(5000)) slabs.free(slab, at);
  for (let i = 5000; i < 10_000; i++) {
    const slab = slabs.withRoom(64);
    blocks[i] = { slab, at: slab.take() };
  }
  assert.equal(slabs.bytes, bytes);
  for (const { slab, at } of blocks) slabs.free(slab, at);
  assert.ok(slabs.bytes <= bytes / 3, `${slabs.bytes} of ${bytes} bytes are left`);
  const large = slabs.withRoom(1_000_000);
  const withLarge = slabs.bytes;
  slabs.free(large, large.take());
  assert.ok(slabs.bytes <= withLarge - 1_000_000);
});
