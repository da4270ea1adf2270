import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { Position } from '#protocol/position.ts';
import { symbolsAt } from './harness/pages.ts';
import type { FeedProcess, HubProcess } from './harness/processes.ts';
import { type RedisCluster, startRedisCluster } from './harness/redis/start-cluster.ts';
import { until } from './harness/redis/until.ts';
import { resetCount, Scene, symbolNames } from './harness/scene.ts';
import type { TickPublisher } from './harness/tick-publisher.ts';
import type { WatchedClient } from './harness/watched-client.ts';

/** Over all three masters: a partition, and so a master, is chosen by the symbol's hash. */
const symbols = symbolNames(30);

interface Stage {
  readonly scene: Scene;
  readonly cluster: RedisCluster;
  readonly hub: HubProcess;
  readonly feed: FeedProcess;
  readonly fed: readonly string[];
  readonly publisher: TickPublisher;
  /** Those that hold the publisher's symbols, whose truth is known even when Redis loses it. */
  readonly clients: readonly WatchedClient[];
}

/** A hub, a feed process and a publisher on a cluster whose masters each have a replica. */
async function openStage(t: TestContext): Promise<Stage> {
  const cluster = await startRedisCluster({ replicasPerMaster: 1 });
  const scene = await Scene.open(t, { ...cluster, mode: 'cluster' });
  const publisher = await scene.createPublisher(symbols, { rate: 600 });
  await publisher.burst(symbols.length);
  publisher.start();
  const [hub, feed] = await Promise.all([
    scene.startHub(),
    scene.startFeed({ SIMULATED_SYMBOLS: 20, SIMULATED_RATE: 200 }),
  ]);
  const fed = await symbolsAt(hub, 'simulated');
  const clients = [
    await scene.watch(hub.url, 'json', { symbols }),
    await scene.watch(hub.url, 'msgpack', { symbols, format: 'msgpack', frequency: 100 }),
  ];
  scene.useSdk(hub.url, 'sdk', { symbols });
  const sdk = scene.useSdk(hub.url, 'sdk of the feed', { symbols: fed });
  await until('the feed is heard', () => sdk.updates > 100);
  return { scene, cluster, hub, feed, fed, publisher, clients };
}

async function finish({ scene, feed, fed }: Stage) {
  assert.equal(await feed.end(), 0);
  await scene.readTruth(fed);
  return scene.finish();
}

test('on a cluster ticks reach the clients of every shard, and who was away goes on without a gap', async (t) => {
  const stage = await openStage(t);
  const { scene, hub, clients, cluster } = stage;
  await Promise.all(clients.map((client) => client.cut()));
  await scene.advance(symbols, 60); // more than the hub remembers
  await Promise.all(clients.map((client) => client.reconnect(hub.url)));
  for (const { answers } of clients)
    assert.ok(Object.values(answers).every(({ recovered }) => recovered === true));
  assert.equal(resetCount(await finish(stage)), 0);
  const keys = await Promise.all(cluster.masters.map(({ client }) => client.dbsize()));
  assert.ok(Math.min(...keys) > 5, `the keys are spread over the masters: ${keys}`);
});

test('when a master dies its replica goes on, and clients are told of every symbol that it had', async (t) => {
  const stage = await openStage(t);
  const { scene, cluster, publisher, clients, hub } = stage;
  const [victim] = cluster.masters;
  assert.ok(victim);
  const [away] = clients;
  await away?.cut();
  await scene.advance(symbols, 3);

  await publisher.stop(); // an answer that the death of the master swallowed would leave the truth unknown
  const before = new Map(scene.last);
  await victim.kill();
  publisher.start();
  await until('all symbols go on', () => goesOn(scene, before));
  await away?.reconnect(hub.url);

  const { resets } = await finish(stage);
  const lost = symbols.filter((symbol) => scene.last.get(symbol)?.epoch !== before.get(symbol)?.epoch);
  assert.ok(lost.length > 0 && lost.length < symbols.length, `${lost.length} symbols were on it`);
  assert.deepEqual(resets, {
    ...{ history_trimmed: 0, slow_consumer: 0, history_unavailable: 0 },
    epoch_changed: lost.length * clients.length,
  });
});

function goesOn({ last }: Scene, before: ReadonlyMap<string, Position>): boolean {
  return symbols.every((symbol) => {
    const [now, then] = [last.get(symbol), before.get(symbol)];
    if (now === undefined || then === undefined) return false;
    return now.epoch > then.epoch ? now.seq >= 3 : now.seq > then.seq + 3;
  });
}
