import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { symbolOf } from '#fanout/fixtures.ts';
import { readMetrics } from './harness/metrics-page.ts';
import { sourcesOf, symbolsAt } from './harness/pages.ts';
import type { FeedProcess, HubProcess } from './harness/processes.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { patientMs, until } from './harness/redis/until.ts';
import { resetCount, Scene, symbolNames } from './harness/scene.ts';

const sources = ['simulated', 'push'] as const;
const pushSymbols = symbolNames(3);
const pushToken = 'a-token-for-this-test';
const feedSettings = {
  ...{ VENUES: sources.join(','), SIMULATED_SYMBOLS: 15, SIMULATED_RATE: 400, SIMULATED_SEED: 7 },
  ...{ PUSH_SYMBOLS: pushSymbols.join(','), PUSH_TOKEN: pushToken },
};

interface Stage {
  readonly scene: Scene;
  readonly hub: HubProcess;
  readonly leader: FeedProcess;
  readonly standby: FeedProcess;
  readonly symbols: readonly string[];
}

/** Two feed processes of the same sources, the first of which leads them; and clients of everything. */
async function openStage(t: TestContext): Promise<Stage> {
  const scene = await Scene.open(t, await startRedis());
  const hub = await scene.startHub();
  const leader = await scene.startFeed(feedSettings);
  await until('the first leads', () => leadsAll(leader));
  const standby = await scene.startFeed(feedSettings);
  const listed = await Promise.all(sources.map((source) => symbolsAt(hub, source)));
  const symbols = listed.flat();
  // Who subscribes to a symbol before its first update is told of an epoch with it.
  await pushAll([leader], 1);
  await until('every symbol has an update', async () => {
    await scene.readTruth(symbols);
    return symbols.every((symbol) => scene.last.has(symbol));
  });
  await scene.watch(hub.url, 'json', { symbols });
  await scene.watch(hub.url, 'msgpack', { symbols, format: 'msgpack', frequency: 100 });
  const sdk = scene.useSdk(hub.url, 'sdk', { symbols });
  await pushAll([standby, leader], 20);
  await until('updates flow', () => sdk.updates > 500);
  await until('one leads, one stands by', async () => isOrderly(await statesAt(hub)));
  return { scene, hub, leader, standby, symbols };
}

async function leadsAll(feed: FeedProcess): Promise<boolean> {
  return (await readMetrics(feed)).value('tickwire_feed_leading') === sources.length;
}

/** State of each source in each process. */
async function statesAt(hub: HubProcess): Promise<string[]> {
  return (await sourcesOf(hub)).map(({ source, state }) => `${source} ${state}`).sort();
}

function isOrderly(states: readonly string[]): boolean {
  const orderly = ['push leading', 'push standby', 'simulated leading', 'simulated standby'];
  return states.join() === orderly.join();
}

let lastPrice = 100;

/** Pushes so many rounds of ticks, each of which a feed must take before the next. */
async function pushAll(feeds: readonly FeedProcess[], rounds: number): Promise<void> {
  for (let round = 0; round < rounds; round++) {
    const price = ++lastPrice / 100;
    await until('a feed takes pushed ticks', () => pushToAny(feeds, price));
  }
}

/** As a pusher does that has been told of several processes: what one does not take, the next may. */
async function pushToAny(feeds: readonly FeedProcess[], price: number): Promise<boolean> {
  for (const feed of feeds) if ((await push(feed, price).catch(() => 0)) === pushSymbols.length) return true;
  return false;
}

/** Pushes a tick per symbol; resolves with the number of those that are published. */
async function push({ port }: FeedProcess, price: number): Promise<number> {
  const response = await fetch(`http://127.0.0.1:${port}/ticks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${pushToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(pushSymbols.map((symbol) => ({ symbol, price }))),
    signal: AbortSignal.timeout(patientMs),
  });
  const { accepted = 0 } = (await response.json()) as { readonly accepted?: number };
  return accepted;
}

/** Ends publishing, takes the truth from the streams and holds the clients against it. */
async function finish({ scene, symbols }: Stage, feeds: readonly FeedProcess[]): Promise<void> {
  for (const feed of feeds) assert.equal(await feed.end(), 0);
  await scene.readTruth(symbols);
  assert.equal(resetCount(await scene.finish()), 0);
  for (const { resets } of scene.selfChecking) assert.equal(resets, 0);
}

test('when the leader is killed the other leads, and no client misses or repeats an update', async (t) => {
  const stage = await openStage(t);
  const { hub, leader, standby } = stage;
  const killedAt = performance.now();
  await leader.end('SIGKILL');
  await until('the other leads', () => leadsAll(standby));
  t.diagnostic(`the other led after ${Math.round(performance.now() - killedAt)} ms`);
  await pushAll([leader, standby], 20);
  await until('the dead one is forgotten', async () => {
    const states = await statesAt(hub);
    return states.join() === 'push leading,simulated leading';
  });
  await finish(stage, [standby]);
});

test('a leader that stood still is fenced when it wakes up: nothing of what it holds is published', async (t) => {
  const stage = await openStage(t);
  const { scene, hub, leader, standby } = stage;
  leader.signal('SIGSTOP');
  await until('the other leads', () => leadsAll(standby));
  await pushAll([standby], 20);
  const zombiePrice = 6666;
  const late = push(leader, zombiePrice); // waits in its socket until it wakes up
  const before = await publishedBy(standby);
  leader.signal('SIGCONT');
  assert.equal(await late, 0, 'the one that woke up accepts nothing of what was pushed meanwhile');
  await until('it stands by', async () => isOrderly(await statesAt(hub)));
  assert.equal((await readMetrics(leader)).value('tickwire_feed_leading'), 0);

  const byLeader = await publishedBy(leader);
  await pushAll([leader, standby], 20);
  await until('the other publishes on', async () => (await publishedBy(standby)) > before + 400);
  assert.equal(await publishedBy(leader), byLeader);
  await finish(stage, [leader, standby]); // the other way round the first would lead again, and tell what it gave up
  for (const symbol of pushSymbols.map(symbolOf)) {
    const entries = await scene.fanout.history.before(symbol, undefined, 1000);
    assert.equal(entries.length, 61);
    assert.ok(entries.every(({ tick }) => tick.price !== zombiePrice));
  }
});

async function publishedBy(feed: FeedProcess): Promise<number> {
  return (await readMetrics(feed)).value('tickwire_feed_published_total');
}
