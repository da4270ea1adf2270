import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { FreshMessage, HubMessage, StaleMessage } from '#protocol/messages.ts';
import { readMetrics } from './harness/metrics-page.ts';
import { readiness, sourcesOf, symbolsAt } from './harness/pages.ts';
import type { FeedProcess, HubProcess } from './harness/processes.ts';
import type { RedisProcess } from './harness/redis/redis-process.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { Scene } from './harness/scene.ts';

const feedSettings = { SIMULATED_SYMBOLS: 5, SIMULATED_RATE: 500 };

interface Stage {
  readonly scene: Scene;
  readonly redis: RedisProcess;
  readonly hub: HubProcess;
  readonly feed: FeedProcess;
  readonly symbols: readonly string[];
}

async function openStage(t: TestContext): Promise<Stage> {
  const redis = await startRedis();
  const scene = await Scene.open(t, redis);
  const hub = await scene.startHub();
  const feed = await scene.startFeed(feedSettings);
  const symbols = await symbolsAt(hub, 'simulated');
  await until('every symbol has an update', async () => {
    await scene.readTruth(symbols);
    return symbols.every((symbol) => scene.last.has(symbol));
  });
  await scene.watch(hub.url, 'json', { symbols });
  await scene.watch(hub.url, 'msgpack', { symbols, format: 'msgpack', frequency: 250 });
  return { scene, redis, hub, feed, symbols };
}

const isStale = (message: HubMessage): message is StaleMessage => message.type === 'stale';
const isFresh = (message: HubMessage): message is FreshMessage => message.type === 'fresh';

/** The next message of this kind that each raw client gets. */
function told({ scene }: Stage, kind: (message: HubMessage) => boolean) {
  return Promise.all(scene.watched.map(({ raw }) => raw.waitFor(kind)));
}

test('a hub whose Redis stands still keeps its sockets, says so, and that it is over', async (t) => {
  const stage = await openStage(t);
  const { scene, hub, redis, symbols } = stage;
  const beganAt = performance.now();
  redis.freeze();
  for (const message of await told(stage, isStale))
    assert.ok(isStale(message) && message.reason === 'fanout_unavailable' && message.symbols === undefined);
  t.diagnostic(`told after ${Math.round(performance.now() - beganAt)} ms`);
  assert.equal(await readiness(hub), 503);
  const late = await scene.watch(hub.url, 'late', { symbols });
  assert.ok(isStale(await late.raw.waitFor(isStale)), 'a new socket is told as well');
  redis.thaw();
  for (const message of await told(stage, isFresh))
    assert.deepEqual(message, { type: 'fresh', reason: 'fanout_unavailable' });
  await until('the hub is ready', async () => (await readiness(hub)) === 200);
  assert.equal(await stage.feed.end(), 0);
  await scene.readTruth(symbols);
  await scene.finish(); // raw clients do not reconnect: their sockets were kept
});

test('when the adapter of a source is killed its clients are told, until another one runs it', async (t) => {
  const stage = await openStage(t);
  const { scene, hub, feed, symbols } = stage;
  await until('it is known to lead', async () => (await sourcesOf(hub))[0]?.state === 'leading');
  const beganAt = performance.now();
  await feed.end('SIGKILL');
  for (const message of await told(stage, isStale)) {
    assert.ok(isStale(message));
    assert.equal(message.source, 'simulated');
    assert.deepEqual([...(message.symbols ?? [])].sort(), symbols);
  }
  t.diagnostic(`told after ${Math.round(performance.now() - beganAt)} ms`);
  assert.equal(await readiness(hub), 200);
  const late = await scene.watch(hub.url, 'late', { symbols });
  await late.raw.waitFor(isStale);
  const snapshot = await late.raw.waitFor(isPriceUpdate);
  assert.ok(snapshot.type === 'price_update');
  assert.ok(Object.values(snapshot.data).every(({ stale, snapshot: isLast }) => stale && isLast));
  await until('no report of the source is left', async () => (await sourcesOf(hub)).length === 0);
  const young = await scene.startHub();
  await symbolsAt(young, 'simulated');
  const early = await scene.watch(young.url, 'early', { symbols });
  const notice = await early.raw.waitFor(isStale);
  assert.ok(isStale(notice) && notice.source === 'simulated', 'a hub that never saw the source says so, too');
  assert.equal((await readMetrics(young)).value('tickwire_hub_unreported_symbols'), symbols.length);
  const again = await scene.startFeed(feedSettings);
  for (const message of await told(stage, isFresh))
    assert.deepEqual(message, { type: 'fresh', reason: 'source_stale', source: 'simulated' });
  assert.equal(await again.end(), 0);
  await scene.readTruth(symbols);
  await scene.finish();
});

function isPriceUpdate({ type }: HubMessage): boolean {
  return type === 'price_update';
}
