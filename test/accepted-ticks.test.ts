import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { symbolOf } from '#fanout/fixtures.ts';
import { formatPosition } from '#protocol/position.ts';
import { readMetrics } from './harness/metrics-page.ts';
import type { FeedProcess } from './harness/processes.ts';
import type { RedisProcess } from './harness/redis/redis-process.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { Scene } from './harness/scene.ts';

const pushToken = 'a-token-for-this-test';
const symbol = symbolOf('PUSHED');

const settings = { VENUES: 'push', QUEUE_TICKS: 1000, PUSH_SYMBOLS: symbol, PUSH_TOKEN: pushToken };

interface Stage {
  readonly scene: Scene;
  readonly redis: RedisProcess;
  readonly feed: FeedProcess;
}

/** One feed process that leads the push source. */
async function openStage(t: TestContext): Promise<Stage> {
  const redis = await startRedis();
  const scene = await Scene.open(t, redis);
  const feed = await scene.startFeed(settings);
  await until('it leads', async () => (await readMetrics(feed)).value('tickwire_feed_leading') === 1);
  return { scene, redis, feed };
}

interface Answer {
  readonly status: number;
  readonly accepted: number;
  readonly waiting: number;
  readonly results: readonly {
    readonly status: string;
    readonly code?: string;
    readonly position?: string;
  }[];
}

/** @throws Error when the process ends before it has answered */
async function push({ port }: FeedProcess, ticks: readonly object[]): Promise<Answer> {
  const response = await fetch(`http://127.0.0.1:${port}/ticks`, {
    method: 'POST',
    headers: { authorization: `Bearer ${pushToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(ticks.map((tick) => ({ symbol, ...tick }))),
    signal: AbortSignal.timeout(20_000),
  });
  return { status: response.status, ...((await response.json()) as Omit<Answer, 'status'>) };
}

/** Price by position of everything in the symbol's stream. */
async function published({ scene }: Stage): Promise<Map<string, number>> {
  const entries = await scene.fanout.history.before(symbol, undefined, 100_000);
  return new Map(entries.map(({ position, tick }) => [formatPosition(position), tick.price]));
}

test('of an adapter that is killed while ticks are pushed, every accepted one is in Redis at its position', async (t) => {
  const stage = await openStage(t);
  const { feed } = stage;
  const accepted: { readonly price: number; readonly position: string | undefined }[] = [];
  let price = 0;
  let alive = true;
  const pusher = async (): Promise<void> => {
    while (alive) {
      const prices = Array.from({ length: 20 }, () => ++price);
      const answer = await push(
        feed,
        prices.map((one) => ({ price: one })),
      ).catch(() => undefined);
      for (const [i, { status, position }] of (answer?.results ?? []).entries())
        if (status === 'accepted') accepted.push({ price: prices[i] ?? 0, position });
    }
  };
  const pushers = Array.from({ length: 4 }, pusher);
  await until('many are accepted', () => accepted.length >= 1000);
  await feed.end('SIGKILL');
  alive = false;
  await Promise.all(pushers);
  const truth = await published(stage);
  t.diagnostic(`${price} pushed, ${accepted.length} accepted, ${truth.size} published`);
  for (const { price: told, position } of accepted) assert.equal(truth.get(position ?? ''), told);
});

test('while Redis is away no tick is accepted: 202 says how many wait, 503 that no more fit', async (t) => {
  const stage = await openStage(t);
  const { feed, redis } = stage;
  await redis.kill();
  const first = await push(feed, [{ price: 1 }, { price: 2 }]);
  assert.deepEqual([first.status, first.accepted, first.waiting], [202, 0, 2]);
  const thousand = Array.from({ length: 1000 }, () => ({ price: 3 }));
  const statuses: number[] = [];
  for (let requests = 0; requests < 6 && !statuses.includes(503); requests++) {
    const { status, accepted } = await push(feed, thousand);
    statuses.push(status);
    assert.ok(!accepted, 'nothing is accepted');
  }
  assert.equal(statuses.at(-1), 503);
});

test('a trade that waited and is sent again is accepted when Redis is back, and published once', async (t) => {
  const stage = await openStage(t);
  const { feed, redis } = stage;
  await redis.kill();
  const trade = [{ price: 7, trade_id: 'order-1' }];
  assert.equal((await push(feed, trade)).status, 202);
  await redis.launch();
  let last: Answer | undefined;
  await until('it is known to be published', async () => {
    last = await push(feed, trade);
    return last.status === 200;
  });
  const [result] = last?.results ?? [];
  assert.ok(result?.status === 'accepted' || result?.code === 'duplicate_trade', JSON.stringify(result));
  assert.deepEqual([...(await published(stage)).values()], [7]);
});

test('trades that are sent again to the successor of a killed adapter are published once', async (t) => {
  const stage = await openStage(t);
  const { scene, feed } = stage;
  const standby = await scene.startFeed(settings);
  const trades = Array.from({ length: 300 }, (_, i) => ({ price: i + 1, trade_id: `order-${i + 1}` }));
  const answer = push(feed, trades).catch(() => undefined); // killed before it is answered, or after
  await until('some are published', async () => (await published(stage)).size > 0);
  await feed.end('SIGKILL');
  await answer;
  let last: Answer | undefined;
  await until('the successor takes them', async () => {
    last = await push(standby, trades);
    return last.status === 200;
  });
  const again = (last?.results ?? []).filter(({ code }) => code === 'duplicate_trade').length;
  assert.ok(again > 0, 'what was published is known to the successor');
  assert.equal((last?.accepted ?? 0) + again, 300);
  const prices = [...(await published(stage)).values()].sort((a, b) => a - b);
  assert.deepEqual(
    prices,
    trades.map(({ price }) => price),
  );
});
