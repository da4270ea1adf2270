import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { symbolOf } from '#fanout/fixtures.ts';
import type { Tick } from '#protocol/tick.ts';
import { type MetricsPage, readMetrics } from './harness/metrics-page.ts';
import { readiness, symbolsAt } from './harness/pages.ts';
import type { FeedProcess, HubProcess, Settings } from './harness/processes.ts';
import type { RedisProcess } from './harness/redis/redis-process.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { Scene } from './harness/scene.ts';

const rate = 1000;
/** Ticks that the venue says while Redis is away: more than the smallest queue and four batches under way hold. */
const ticksAway = 4000;
const smallestQueue = 1000;
const underWayMax = 4 * 500;
/** Absence shows sooner than with the default; otherwise a matter of taste. */
const impatient: Settings = { REDIS_COMMAND_TIMEOUT_MS: 400 };
const none = { history_trimmed: 0, epoch_changed: 0, slow_consumer: 0, history_unavailable: 0 };

interface Stage {
  readonly scene: Scene;
  readonly redis: RedisProcess;
  readonly hub: HubProcess;
  readonly feed: FeedProcess;
  readonly symbols: readonly string[];
}

async function openStage(t: TestContext, redis: RedisProcess, settings: Settings = {}): Promise<Stage> {
  const scene = await Scene.open(t, redis);
  const hub = await scene.startHub(impatient);
  const feed = await scene.startFeed({
    ...impatient,
    ...{ SIMULATED_SYMBOLS: 20, SIMULATED_RATE: rate, ...settings },
  });
  const symbols = await symbolsAt(hub, 'simulated');
  await until('every symbol has an update', async () => {
    await scene.readTruth(symbols);
    return symbols.every((symbol) => scene.last.has(symbol));
  });
  await scene.watch(hub.url, 'json', { symbols });
  await scene.watch(hub.url, 'msgpack', { symbols, format: 'msgpack' });
  await scene.watch(hub.url, 'conflated', { symbols, frequency: 250 });
  const sdk = scene.useSdk(hub.url, 'sdk', { symbols });
  await until('updates flow', () => sdk.updates > rate);
  return { scene, redis, hub, feed, symbols };
}

/**
 * Takes Redis away until the hub has said that it is not ready and enough ticks have come, and waits until
 * all is well again. Resolves to what the feed adapter's metrics said at the end of the outage.
 */
async function outage(stage: Stage, away: () => Promise<void> | void, back: () => Promise<void> | void) {
  const { hub, feed } = stage;
  assert.equal(await readiness(hub), 200);
  const before = await received(feed);
  await away();
  await until('the hub is not ready', async () => (await readiness(hub)) === 503);
  await until('enough ticks have come', async () => (await received(feed)) >= before + ticksAway);
  const metrics = await readMetrics(feed);
  await back();
  await until('the hub is ready', async () => (await readiness(hub)) === 200);
  await until('the queue is empty', async () => waiting(await readMetrics(feed)) < rate / 10);
  return metrics;
}

async function received(feed: FeedProcess): Promise<number> {
  return (await readMetrics(feed)).value('tickwire_feed_received_total');
}

function dropped(metrics: MetricsPage): number {
  return metrics.value('tickwire_feed_dropped_total');
}

/** Ticks that the adapter holds, whether in its queue or on their way. */
function waiting(metrics: MetricsPage): number {
  const published = metrics.value('tickwire_feed_published_total');
  const rejected = metrics.value('tickwire_feed_rejected_total');
  return metrics.value('tickwire_feed_received_total') - published - rejected - dropped(metrics);
}

/** Raw clients do not reconnect by themselves: that they are caught up shows that their sockets were kept. */
async function finish({ scene, feed, symbols }: Stage) {
  assert.equal(await feed.end(), 0);
  await scene.readTruth(symbols);
  return (await scene.finish()).resets;
}

test('while Redis stands still ticks wait, sockets stay, and afterwards nobody has missed anything', async (t) => {
  const redis = await startRedis();
  const stage = await openStage(t, redis);
  const metrics = await outage(
    stage,
    () => redis.freeze(),
    () => redis.thaw(),
  );
  assert.ok(waiting(metrics) >= ticksAway - rate, `${waiting(metrics)} ticks wait`);
  assert.equal(dropped(await readMetrics(stage.feed)), 0);
  assert.deepEqual(await finish(stage), none);
  for (const { resets } of stage.scene.selfChecking) assert.equal(resets, 0);
});

test('what a full queue gave up while Redis was away is told to every client, once per loss', async (t) => {
  const redis = await startRedis();
  const stage = await openStage(t, redis, { QUEUE_TICKS: smallestQueue });
  const metrics = await outage(
    stage,
    () => redis.freeze(),
    () => redis.thaw(),
  );
  assert.ok(waiting(metrics) <= smallestQueue + underWayMax, `${waiting(metrics)} ticks wait`);
  assert.ok(dropped(metrics) > 0);
  const resets = await finish(stage);
  const told = (await published(stage)).filter((tick) => tick.gaveUp !== undefined).length;
  assert.ok(told > 0);
  assert.deepEqual(resets, { ...none, history_unavailable: told * stage.scene.watched.length });
  for (const sdk of stage.scene.selfChecking) assert.equal(sdk.resets, told);
});

test('a Redis killed and started again with its data has every tick once, in a new epoch', async (t) => {
  const redis = await startRedis({ config: ['appendonly yes', 'appendfsync everysec'] });
  const stage = await openStage(t, redis);
  await outage(
    stage,
    () => redis.kill(),
    () => redis.launch(),
  );
  assert.equal(dropped(await readMetrics(stage.feed)), 0);
  const { scene, symbols } = stage;
  const resets = await finish(stage);
  assert.deepEqual(resets, { ...none, epoch_changed: symbols.length * scene.watched.length });
  const ids = (await published(stage)).map(({ tradeId }) => tradeId);
  assert.equal(new Set(ids).size, ids.length);
});

/** Everything that stands in the streams. */
async function published({ scene: { fanout }, symbols }: Stage): Promise<Tick[]> {
  const ticks: Tick[] = [];
  for (const symbol of symbols.map(symbolOf))
    await until(`the stream of ${symbol} is read`, async () => {
      const entries = await fanout.history.before(symbol, undefined, 100_000);
      for (const { tick } of entries) ticks.push(tick);
      return true;
    });
  return ticks;
}
