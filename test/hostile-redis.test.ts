import assert from 'node:assert/strict';
import { test } from 'node:test';
import { symbolOf, TestSource, tickOf } from '#fanout/fixtures.ts';
import { partitionOf } from '#fanout/partition.ts';
import { attackRedis } from './fuzz/hostile-redis.ts';
import { readMetrics } from './harness/metrics-page.ts';
import { readiness } from './harness/pages.ts';
import { connectRaw } from './harness/raw-client.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { Scene, symbolNames } from './harness/scene.ts';
import { createSeededRandom } from './harness/seeded-random.ts';

const seed = 20240914;
const attackCount = 4000;
const victims = ['V0', 'V1', 'V2', 'V3'];
const mebibyte = 1 << 20;

// Many symbols are heard in group messages, few on channels of their own.
for (const [mode, goodCount] of [
  ['on channels of their own', 8] as const,
  ['in group messages', 300] as const,
])
  test(`hostile bytes in Redis, heard ${mode}, harm nobody but the symbols that they are of`, async (t) => {
    const random = createSeededRandom(seed + goodCount);
    const redis = await startRedis();
    const scene = await Scene.open(t, redis);
    const good = symbolNames(2 * goodCount)
      .filter(isApart)
      .slice(0, goodCount);
    const publisher = await scene.createPublisher(good, { rate: 1000 });
    const { directory } = scene.fanout;
    await directory.announce(victims.map((name) => ({ symbol: symbolOf(name), source: 'victims' })));
    await publisher.burst(goodCount);
    const hub = await scene.startHub();
    const watched = await scene.watch(hub.url, 'watched', { symbols: good });
    // Whoever holds the victims may be told anything of them, but can read it, and keeps its connection.
    const holder = await connectRaw(hub.url, { format: 'msgpack', keepMax: 50 });
    t.after(() => holder.cut());
    holder.send({ type: 'subscribe', id: 'victims', symbols: victims });
    await holder.waitFor((message) => message.type === 'subscribed' && message.id === 'victims');
    publisher.start();
    const before = await readMetrics(hub);

    const source = new TestSource(scene.fanout, 'victims');
    for (let i = 0; i < attackCount; i++) {
      const victim = victims[i % victims.length] ?? '';
      await attackRedis(redis.client, victim, random).catch(() => undefined); // Redis itself refuses some
      // Its adapter goes on meanwhile, and finds what the attacker left.
      if (i % 10 === 0) await source.publish(tickOf(symbolOf(victim), i));
    }

    await scene.advance(good, 3);
    assert.equal(await readiness(hub), 200);
    const after = await readMetrics(hub);
    const grown =
      after.value('process_resident_memory_bytes') - before.value('process_resident_memory_bytes');
    assert.ok(grown < 150 * mebibyte, `the hub grew by ${Math.round(grown / mebibyte)} MiB`);
    const counted = (kind: string): number => after.value('tickwire_redis_undecodable_total', { kind });
    for (const kind of ['live', 'oversized', 'catalogue', 'source'])
      assert.ok(counted(kind) > 0, `${kind} is counted`);
    assert.equal(counted('group_message') > 0, mode === 'in group messages');
    assert.equal(after.value('tickwire_hub_stale', { reason: 'fanout_unavailable' }), 0);
    // Every symbol that was attacked goes on once it is left in peace.
    await until('the victims are served', async () => {
      await source.publish(...victims.map((name) => tickOf(symbolOf(name), 1)));
      holder.send({ type: 'subscribe', id: 'again', symbols: victims });
      const answer = await holder.waitFor(
        (message) => message.type === 'subscribed' && message.id === 'again',
      );
      return answer.type === 'subscribed' && Object.keys(answer.symbols).length === victims.length;
    });
    assert.equal(holder.undecodable, 0);
    const { resets } = await scene.finish();
    assert.equal(watched.resets, 0);
    t.diagnostic(JSON.stringify({ grownMiB: Math.round(grown / mebibyte), resets }));
  });

/** Symbols of a partition share its epoch: what was put right for one of them is told to all as a new one (ADR 1). */
function isApart(name: string): boolean {
  return !victims.some((victim) => partitionOf(symbolOf(victim)) === partitionOf(symbolOf(name)));
}
