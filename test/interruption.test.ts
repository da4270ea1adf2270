import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readMetrics } from './harness/metrics-page.ts';
import type { HubProcess } from './harness/processes.ts';
import type { RedisProcess } from './harness/redis/redis-process.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { resetCount, Scene, symbolNames } from './harness/scene.ts';

const symbols = symbolNames(50);
const kills = 5;

/** Cuts every subscriber off, as Redis itself does with one that reads too slowly. */
async function killSubscribers({ client }: RedisProcess): Promise<void> {
  assert.ok(Number(await client.call('CLIENT', 'KILL', 'TYPE', 'pubsub')) > 0, 'somebody was subscribed');
}

async function catchUps(hub: HubProcess): Promise<number> {
  return (await readMetrics(hub)).value('tickwire_hub_catch_ups_total', { reason: 'interrupted' });
}

test('no client loses an update, or hears of it, when Redis cuts the hub off again and again', async (t) => {
  const redis = await startRedis();
  const scene = await Scene.open(t, redis);
  const publisher = await scene.createPublisher(symbols, { rate: 4000 });
  await publisher.burst(symbols.length);
  publisher.start();
  const hub = await scene.startHub();
  await scene.watch(hub.url, 'json', { symbols });
  await scene.watch(hub.url, 'msgpack', { symbols, format: 'msgpack' });
  await scene.watch(hub.url, 'conflated', { symbols, frequency: 100 });
  scene.useSdk(hub.url, 'sdk', { symbols });

  for (let kill = 1; kill <= kills; kill++) {
    const before = await catchUps(hub);
    await killSubscribers(redis);
    await until('the hub catches up', async () => (await catchUps(hub)) >= before + symbols.length);
    await scene.advance(symbols, 5);
  }
  assert.equal(resetCount(await scene.finish()), 0);
  assert.ok((await catchUps(hub)) >= kills * symbols.length);
  for (const { resets } of scene.selfChecking) assert.equal(resets, 0);
});
