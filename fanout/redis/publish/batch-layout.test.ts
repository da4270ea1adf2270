import assert from 'node:assert/strict';
import { test } from 'node:test';
import { symbolOf, tickOf } from '#fanout/fixtures.ts';
import { partitionOf } from '#fanout/partition.ts';
import { guardKey, stateKey, streamKey } from '#fanout/redis/keys.ts';
import type { Tick } from '#protocol/tick.ts';
import { encodeTick, tickPayloadBytesMax } from '#protocol/tick-payload.ts';
import { BatchLayout } from './batch-layout.ts';

const ticksOf = (...names: string[]): Tick[] => names.map((name, i) => tickOf(symbolOf(name), i + 1));
const batchOf = (ticks: readonly Tick[]) => ({ source: 'layout', token: 1, number: 1, ticks });

test('a batch names its guard, the state of each partition once, and the stream of each tick', () => {
  const ticks = ticksOf('AAPL', 'MSFT', 'AAPL', 'TSLA');
  const { keys } = new BatchLayout().of(batchOf(ticks), 5);
  const partitions = new Set(ticks.map(({ symbol }) => partitionOf(symbol)));
  assert.deepEqual(keys, [
    guardKey(5, 'layout'),
    ...[...partitions].map(stateKey),
    ...ticks.map(({ symbol }) => streamKey(symbol)),
  ]);
});

test('the layout has each tick its partition and the bytes of its payload', () => {
  const ticks = ticksOf('AAPL', 'MSFT', 'AAPL');
  const { keys, layout, payloads } = new BatchLayout().of(batchOf(ticks), 0);
  assert.deepEqual(payloads, Buffer.concat(ticks.map(encodeTick)));
  for (const [i, tick] of ticks.entries()) {
    assert.equal(keys[layout.readUInt8(3 * i)], stateKey(partitionOf(tick.symbol)));
    assert.equal(layout.readUInt16BE(3 * i + 1), encodeTick(tick).length);
  }
});

test('a batch keeps its bytes while later ones are laid out', () => {
  const layouts = new BatchLayout();
  const first = ticksOf('AAPL', 'MSFT');
  const { payloads } = layouts.of(batchOf(first), 0);
  layouts.of(batchOf(ticksOf('TSLA', 'NVDA', 'AMD')), 0);
  assert.deepEqual(payloads, Buffer.concat(first.map(encodeTick)));
});

test('a batch may have more bytes than any before it', () => {
  const conditions = 'x'.repeat(60_000);
  const ticks = Array.from({ length: 40 }, (_, i) => ({ ...tickOf(symbolOf(`S${i}`), i + 1), conditions }));
  const { payloads } = new BatchLayout().of(batchOf(ticks), 0);
  assert.ok(payloads.length > 8 * tickPayloadBytesMax);
  assert.deepEqual(payloads, Buffer.concat(ticks.map(encodeTick)));
});

test('a tick of more bytes than the layout can tell is refused', () => {
  const text = 'x'.repeat(60_000);
  const tick = { ...tickOf(symbolOf('AAPL'), 1), conditions: text, tradeId: text };
  assert.throws(() => new BatchLayout().of(batchOf([tick]), 0), RangeError);
});
