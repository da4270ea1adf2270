import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { readMetrics } from './harness/metrics-page.ts';
import type { HubProcess } from './harness/processes.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { resetCount, Scene, symbolNames } from './harness/scene.ts';
import type { WatchedClient } from './harness/watched-client.ts';

const symbols = symbolNames(10);
const rate = 2000;

/** Ticks flow, one client stays, and three others are about to leave and come back. */
async function openScene(t: TestContext, replayEntries: number, tailEntries: number) {
  const scene = await Scene.open(t, await startRedis(), { replayEntries });
  const publisher = await scene.createPublisher(symbols, { rate });
  await publisher.burst(symbols.length);
  publisher.start();
  const hub = await scene.startHub({ TAIL_ENTRIES: tailEntries });
  await scene.watch(hub.url, 'stays', { symbols });
  const leaving = [
    await scene.watch(hub.url, 'json', { symbols }),
    await scene.watch(hub.url, 'msgpack', { symbols, format: 'msgpack' }),
    await scene.watch(hub.url, 'conflated', { symbols, frequency: 100 }),
  ];
  return { scene, hub, leaving };
}

/** Cuts the clients off, and brings them back when each has missed so many updates of each symbol. */
async function interrupt(
  { last }: Scene,
  hub: HubProcess,
  clients: readonly WatchedClient[],
  missed: number,
): Promise<void> {
  await Promise.all(clients.map((client) => client.cut()));
  const missing = (symbol: string): number =>
    (last.get(symbol)?.seq ?? 0) - Math.max(...clients.map(({ watch }) => watch.position(symbol)?.seq ?? 0));
  await until(`${missed} are missed`, () => symbols.every((symbol) => missing(symbol) >= missed));
  await Promise.all(clients.map((client) => client.reconnect(hub.url)));
}

function recovered(clients: readonly WatchedClient[]): Set<boolean | undefined> {
  return new Set(clients.flatMap(({ answers }) => Object.values(answers).map((answer) => answer.recovered)));
}

async function historyReads(hub: HubProcess): Promise<number> {
  return (await readMetrics(hub)).value('tickwire_hub_history_reads_total');
}

test('who was away for a moment goes on without a gap or a repeat, from the memory of the hub', async (t) => {
  const { scene, hub, leaving } = await openScene(t, 10_000, 5000);
  const reads = await historyReads(hub);
  await interrupt(scene, hub, leaving, 20);
  assert.deepEqual(recovered(leaving), new Set([true]));
  assert.equal(resetCount(await scene.finish()), 0);
  assert.equal(await historyReads(hub), reads);
});

test('who was away for longer than the hub remembers goes on from the stream, read once for all', async (t) => {
  const { scene, hub, leaving } = await openScene(t, 10_000, 8);
  const reads = await historyReads(hub);
  await interrupt(scene, hub, leaving, 300);
  assert.deepEqual(recovered(leaving), new Set([true]));
  assert.equal(resetCount(await scene.finish()), 0);
  const read = (await historyReads(hub)) - reads;
  assert.ok(read >= symbols.length, `${read} pages were read`);
  // A page has 500 updates, so one or two of a symbol reach back for all three clients.
  assert.ok(read <= 2 * symbols.length, `${read} pages were read`);
});

test('who was away for longer than the stream reaches back is told so, once per symbol', async (t) => {
  const { scene, hub, leaving } = await openScene(t, 50, 8);
  await interrupt(scene, hub, leaving, 250);
  assert.deepEqual(recovered(leaving), new Set([false]));
  const { resets } = await scene.finish();
  const history_trimmed = leaving.length * symbols.length;
  assert.deepEqual(resets, { history_trimmed, epoch_changed: 0, slow_consumer: 0, history_unavailable: 0 });
});
