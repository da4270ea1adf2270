import assert from 'node:assert/strict';
import { test } from 'node:test';
import { symbolOf } from '#fanout/fixtures.ts';
import { FanoutError, type FanoutErrorCode, type History } from '#fanout/ports.ts';
import { aapl } from '#hub/fixtures.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { createFanoutReads } from './fanout-reads.ts';

const limits = { batchItemsMax: 500, batchesMax: 2, historyReadsMax: 4 };
const tsla = symbolOf('TSLA');
const beginning = { epoch: 0, seq: 0 };
const noHistory: History = { after: async () => [], before: async () => [], newest: async () => [] };

/** A live feed that fails so often, and what it was asked. */
function createScene(failures: number, code: FanoutErrorCode) {
  const scene = { attempts: 0, now: 0 };
  const live = {
    subscribe: async (): Promise<void> => {
      scene.attempts++;
      scene.now += 1000;
      if (scene.attempts <= failures) throw new FanoutError(code, 'away');
    },
    partOf: () => undefined,
  };
  const deps = { live, history: noHistory, groupOf: () => 0, elapsedMs: () => scene.now };
  return { scene, reads: createFanoutReads(deps, limits) };
}

test('a subscription that is late is asked for again, and counts as progress when it is acknowledged', async () => {
  const { scene, reads } = createScene(2, 'timeout');
  await reads.subscribe(aapl);
  assert.deepEqual([scene.attempts, reads.idleMs()], [3, 0]);
});

test('a subscription that is never acknowledged fails after a bounded number of attempts', async () => {
  const { scene, reads } = createScene(99, 'timeout');
  await assert.rejects(reads.subscribe(aapl), { code: 'timeout' });
  assert.deepEqual([scene.attempts, reads.idleMs()], [5, 5000]);
});

test('without a connection a subscription fails at once', async () => {
  const { scene, reads } = createScene(99, 'unavailable');
  await assert.rejects(reads.subscribe(aapl), { code: 'unavailable' });
  assert.equal(scene.attempts, 1);
});

test('reads of a part that does not answer leave those of the others their turns', async () => {
  const forever = new Promise<never>(() => undefined);
  const history: History = {
    ...noHistory,
    after: (symbol) => (symbol === aapl ? forever : Promise.resolve([])),
  };
  const live = { subscribe: async () => undefined, partOf: (symbol: StockSymbol) => symbol.slice(0, 1) };
  const reads = createFanoutReads({ live, history, groupOf: () => 0, elapsedMs: () => 0 }, limits);
  for (let i = 0; i < 2 * limits.historyReadsMax; i++) void reads.history.after(aapl, beginning, 1);
  assert.deepEqual(await reads.history.after(tsla, beginning, 1), []);
});
