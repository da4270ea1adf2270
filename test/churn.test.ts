import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Churner } from './harness/churner.ts';
import { readMetrics } from './harness/metrics-page.ts';
import type { RedisProcess } from './harness/redis/redis-process.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { patientMs } from './harness/redis/until.ts';
import { resetCount, Scene, symbolNames } from './harness/scene.ts';

/*
 *   publisher ──► Redis ──► hub ──► innocent clients: JSON, MessagePack, conflated, the SDK
 *                            └────► churner: 40,000 subscribes and unsubscribes     (the oracle judges them all)
 *
 * At the pace of 200,000 a minute where the machine is quick, for as long as it takes where it is not.
 */
const symbolCount = 200;
const watchedCount = 10;
const messages = 40_000;
const timeoutMs = 2 * patientMs;
const growthBytesMax = 32 * 1024 * 1024;

/** Calls of a command that the server has had. */
async function calls(redis: RedisProcess, command: string): Promise<number> {
  const statistics = await redis.client.info('commandstats');
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(statistics)?.[1] ?? 0);
}

test('a client that does nothing but subscribe and unsubscribe costs others no update, Redis no call and the hub no memory', async (t) => {
  const redis = await startRedis();
  const scene = await Scene.open(t, redis);
  const symbols = symbolNames(symbolCount);
  const publisher = await scene.createPublisher(symbols, { rate: 500 });
  await publisher.burst(symbolCount);
  const hub = await scene.startHub({ MESSAGES_PER_SECOND: 10_000 });
  const innocent = { symbols: symbols.slice(0, watchedCount) };
  await scene.watch(hub.url, 'json', innocent);
  await scene.watch(hub.url, 'msgpack', { ...innocent, format: 'msgpack' });
  await scene.watch(hub.url, 'conflated', { ...innocent, frequency: 100 });
  scene.useSdk(hub.url, 'sdk', innocent);
  const watch = scene.oracle.client('churner');
  const churner = await Churner.connect(hub.url, {
    ...{ symbols, heldMax: 20, messagesPerSecond: 3500 },
    onMessage: (message) => watch.receive(message),
  });
  publisher.start();
  await churner.churn(messages / 4, timeoutMs); // every symbol was open for a while
  const before = await readMetrics(hub);
  const subscribesBefore = await calls(redis, 'subscribe');

  const seconds = await churner.churn(messages, timeoutMs);

  const now = await readMetrics(hub);
  t.diagnostic(`${messages} messages were answered in ${seconds.toFixed(1)} s`);
  assert.deepEqual([churner.answered, churner.refused], [1.25 * messages, 0]);
  assert.equal(await calls(redis, 'subscribe'), subscribesBefore);
  assert.equal(await calls(redis, 'unsubscribe'), 0);
  const grown = (name: string): number => now.value(name) - before.value(name);
  assert.equal(grown('tickwire_hub_history_reads_total'), 0);
  assert.equal(now.value('tickwire_hub_symbols'), symbolCount);
  assert.equal(now.value('tickwire_hub_subscriptions'), 4 * watchedCount + 20);
  assert.ok(grown('process_resident_memory_bytes') < growthBytesMax);
  await churner.cut();
  watch.disconnected();
  assert.equal(resetCount(await scene.finish()), 0);
});
