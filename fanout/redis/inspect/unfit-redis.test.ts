import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import type { RedisConnection } from '#fanout/redis/connection/connection.ts';
import { createRedisFanout } from '#fanout/redis/redis-fanout.ts';
import { connectionTo, testLimits } from '#fanout/redis/redis-fixtures.ts';
import { createLogger } from '#runtime/logger.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { until } from '#test/harness/redis/until.ts';

const metrics = {
  roundTrip: () => undefined,
  undecodable: () => undefined,
  interrupted: () => undefined,
  probeLost: () => undefined,
  forged: () => undefined,
};

/** A fanout, and what it logged. */
async function openLogging(
  t: TestContext,
  connection: RedisConnection,
): Promise<() => Record<string, unknown>[]> {
  const lines: string[] = [];
  const log = createLogger('test', 'info', { write: (line) => void lines.push(line) });
  const fanout = await createRedisFanout({ connection, log, metrics }, testLimits);
  t.after(() => fanout.close());
  return () => lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

const unfit = 'Redis is not set as Tickwire needs it';
const hidden = 'a setting of Redis can not be seen';

test('a Redis that throws keys away is warned of once, with the fix, though the user may read no settings', async (t) => {
  const redis = await startRedis({ config: ['maxmemory 50mb', 'maxmemory-policy allkeys-lru'] });
  t.after(() => redis.stop());
  const logged = await openLogging(t, connectionTo(redis.url));
  const of = (message: string) => logged().filter(({ msg }) => msg === message);
  await until('it is told', () => of(hidden).length > 0);
  assert.deepEqual(
    of(unfit).map(({ topic, level }) => [topic, level]),
    [['redis memory policy', 40]],
  );
  assert.match(String(of(unfit)[0]?.fix), /CONFIG SET maxmemory-policy noeviction/);
  assert.deepEqual(
    of(hidden).map(({ topic, level }) => [topic, level]),
    [['redis pub/sub buffer', 30]],
  );
});

test('a small pub/sub buffer is warned of where the user may see it, and one that is roomy is not', async (t) => {
  const config = ['user admin on >a allcommands allkeys allchannels'];
  const redis = await startRedis({ config: [...config, 'client-output-buffer-limit pubsub 4mb 1mb 10'] });
  t.after(() => redis.stop());
  const url = `redis://admin:a@127.0.0.1:${redis.port}`;
  const logged = await openLogging(t, connectionTo(url));
  await until('it is told', () => logged().some(({ msg }) => msg === unfit));
  assert.equal(logged().length, 1);
  assert.equal(logged()[0]?.topic, 'redis pub/sub buffer');
  await redis.client.config('SET', 'client-output-buffer-limit', 'pubsub 0 0 0');
  const silent = await openLogging(t, connectionTo(url));
  await until('it was looked at', async () =>
    /cmdstat_config\|get:calls=2/.test(await redis.client.info('commandstats')),
  );
  assert.deepEqual(silent(), []);
});
