import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { symbolOf } from '#fanout/fixtures.ts';
import type { HistoryEntry } from '#fanout/ports.ts';
import type { Position } from '#protocol/position.ts';
import { symbolsAt } from './harness/pages.ts';
import type { HubProcess } from './harness/processes.ts';
import type { RedisProcess } from './harness/redis/redis-process.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { startSentinelGroup } from './harness/redis/start-sentinels.ts';
import { until } from './harness/redis/until.ts';
import { Scene, type SceneRedis, symbolNames } from './harness/scene.ts';
import type { TickPublisher } from './harness/tick-publisher.ts';

const symbols = symbolNames(12);
const rate = 500;

interface Stage {
  readonly scene: Scene;
  readonly publisher: TickPublisher;
  readonly hub: HubProcess;
}

/** Ticks flow to three clients who will be there when the history is lost. */
async function openStage(t: TestContext, redis: SceneRedis): Promise<Stage> {
  const scene = await Scene.open(t, redis);
  const publisher = await scene.createPublisher(symbols, { rate });
  await publisher.burst(symbols.length);
  publisher.start();
  const hub = await scene.startHub();
  await scene.watch(hub.url, 'live json', { symbols });
  await scene.watch(hub.url, 'live msgpack', { symbols, format: 'msgpack', frequency: 100 });
  scene.useSdk(hub.url, 'live sdk', { symbols });
  return { scene, publisher, hub };
}

/** Two clients that were here before, and are cut off while ticks flow on. */
async function leave({ scene, hub, publisher }: Stage) {
  const leaving = [
    await scene.watch(hub.url, 'away json', { symbols, frequency: 100 }),
    await scene.watch(hub.url, 'away msgpack', { symbols, format: 'msgpack' }),
  ];
  await publisher.stop();
  await scene.caughtUp();
  await Promise.all(leaving.map((client) => client.cut()));
  publisher.start();
  await grown(scene, 5);
  return leaving;
}

/** Waits until each symbol has so many updates more, of whatever epoch. */
async function grown({ last }: Scene, updates: number): Promise<void> {
  const before = new Map(last);
  const isFurther = (symbol: string): boolean => {
    const now = last.get(symbol);
    const then = before.get(symbol);
    if (now === undefined || then === undefined) return false;
    return now.epoch > then.epoch ? now.seq + 1 >= updates : now.seq - then.seq >= updates;
  };
  await until(`${updates} updates of each symbol are published`, () => symbols.every(isFurther));
}

/** Whether every symbol goes on in a later epoch than it had in `before`. */
function beganAnew({ last }: Scene, before: ReadonlyMap<string, Position>): boolean {
  return symbols.every((symbol) => (last.get(symbol)?.epoch ?? 0) > (before.get(symbol)?.epoch ?? 0));
}

test('after FLUSHALL every client is told once per symbol, live or resuming, and then has the truth', async (t) => {
  const redis = await startRedis();
  const stage = await openStage(t, redis);
  const { scene, hub } = stage;
  const leaving = await leave(stage);
  const before = new Map(scene.last);

  await redis.client.flushall();
  await until('all began anew', () => beganAnew(scene, before));
  await Promise.all(leaving.map((client) => client.reconnect(hub.url)));
  await grown(scene, 5);

  const { resets } = await scene.finish();
  assert.deepEqual(resets, onlyEpochChanged(scene));
  assert.deepEqual(
    scene.selfChecking.map((sdk) => sdk.resets),
    [symbols.length],
  );
});

test('a Redis restarted without its data is noticed by the hub that stayed and by a new one', async (t) => {
  const redis = await startRedis();
  const stage = await openStage(t, redis);
  const { scene, publisher } = stage;
  const leaving = await leave(stage);
  const before = new Map(scene.last);

  await publisher.stop(); // an answer that the death of Redis swallowed would leave the truth unknown
  await redis.kill();
  await redis.launch();
  await until('the catalogue is there again', () => publisher.announce().then(() => true));
  const newHub = await scene.startHub();
  await Promise.all(leaving.map((client) => client.reconnect(newHub.url)));
  publisher.start();
  await until('all began anew', () => beganAnew(scene, before));
  await grown(scene, 5);

  const { resets } = await scene.finish();
  // Those at the new hub are told when they resume: there is nothing to continue from. What comes then is a beginning.
  assert.deepEqual(resets, onlyEpochChanged(scene));
});

test('after the promotion of a replica that had missed writes no position has two contents', async (t) => {
  const group = await startSentinelGroup();
  const stage = await openStage(t, { ...group, mode: 'sentinel' });
  const { scene, publisher, hub } = stage;
  const feed = await scene.startFeed({ SIMULATED_SYMBOLS: 5, SIMULATED_RATE: 100 });
  const fed = await symbolsAt(hub, 'simulated');
  const sdk = scene.useSdk(hub.url, 'sdk of the feed', { symbols: fed });
  await until('the feed is heard', () => sdk.updates > 10);
  const leaving = await leave(stage);

  const master = await group.master();
  await loseReplicas(
    group.servers.filter((server) => server !== master),
    master,
  );
  const atLoss = new Map(scene.last);
  await grown(scene, 20);
  await publisher.stop();
  const live = [...scene.watched.filter((client) => !leaving.includes(client)), ...scene.selfChecking];
  await until('what will be lost is seen', () => live.every((client) => client.caughtUp(scene.last)));
  const before = new Map(scene.last);
  await master.kill();
  publisher.start();
  await until('all began anew', () => beganAnew(scene, before));
  await until('all sentinels know the new master', async () => (await group.master()) !== master);
  await assertMissed(scene, atLoss, before);
  await Promise.all(leaving.map((client) => client.reconnect(hub.url)));
  await until('the feed is heard again', () => sdk.resets >= fed.length);
  await grown(scene, 5);
  assert.equal(await feed.end(), 0);
  await scene.readTruth(fed);

  const { resets } = await scene.finish();
  assert.deepEqual(resets, onlyEpochChanged(scene));
});

/** One reset per symbol and raw client. */
function onlyEpochChanged({ watched }: Scene) {
  const epoch_changed = watched.length * symbols.length;
  return { history_trimmed: 0, epoch_changed, slow_consumer: 0, history_unavailable: 0 };
}

/** The replicas keep what they have and wait for a master that never comes. */
async function loseReplicas(replicas: readonly RedisProcess[], master: RedisProcess): Promise<void> {
  for (const { client } of replicas) await client.replicaof('127.0.0.1', 1);
  await until('the master has lost its replicas', async () =>
    (await master.client.info('replication')).includes('connected_slaves:0'),
  );
}

/** The updates that clients saw between the two moments are in no stream any more. */
async function assertMissed(
  { fanout }: Scene,
  from: ReadonlyMap<string, Position>,
  to: ReadonlyMap<string, Position>,
): Promise<void> {
  for (const symbol of symbols) {
    const position = from.get(symbol);
    const lost = to.get(symbol);
    assert.ok(position !== undefined && lost !== undefined);
    let entries: readonly HistoryEntry[] = [];
    await until(`the stream of ${symbol} is read`, async () => {
      entries = await fanout.history.after(symbolOf(symbol), position, 1000);
      return true; // a connection may end once more just after the failover
    });
    const held = entries.filter(({ position: { epoch, seq } }) => epoch === lost.epoch && seq === lost.seq);
    assert.deepEqual(held, []);
  }
}
