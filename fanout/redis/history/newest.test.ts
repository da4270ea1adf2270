import assert from 'node:assert/strict';
import { test } from 'node:test';
import { symbolOf, TestSource } from '#fanout/fixtures.ts';
import { type Fanout, FanoutError } from '#fanout/ports.ts';
import { connectionTo, openFanout } from '#fanout/redis/redis-fixtures.ts';
import { urlFor } from '#test/harness/redis/redis-users.ts';
import { startRedisCluster } from '#test/harness/redis/start-cluster.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { until } from '#test/harness/redis/until.ts';

const symbols = Array.from({ length: 40 }, (_, i) => symbolOf(`NEW${i}`));

async function publishTo(fanout: Fanout): Promise<void> {
  const source = new TestSource(fanout);
  for (const symbol of symbols) await source.prices(symbol, 1, 2, 3);
}

const pricesOf = (read: Awaited<ReturnType<Fanout['history']['newest']>>): string =>
  read
    .map((entries) =>
      entries instanceof FanoutError ? entries.code : entries.map(({ tick }) => tick.price).join(),
    )
    .join(' ');

test('a hub reads the newest entries, with and without the script that adapters load', async (t) => {
  const redis = await startRedis();
  t.after(() => redis.stop());
  const adapter = await openFanout(connectionTo(redis.url));
  await publishTo(adapter);
  const hub = await openFanout(connectionTo(urlFor('hub', redis.url)));
  t.after(() => hub.close());
  const requests = symbols.map((symbol) => ({ symbol, entriesMax: 2 }));
  const wanted = symbols.map(() => '3,2').join(' ');
  const runs = async () => {
    const stats = await redis.client.info('commandstats');
    const [, calls = 0, failed = 0] = /cmdstat_evalsha_ro:calls=(\d+).*failed_calls=(\d+)/.exec(stats) ?? [];
    return Number(calls) - Number(failed);
  };
  await until('the script is there', async () => {
    assert.equal(pricesOf(await hub.history.newest(requests)), wanted);
    return (await runs()) > 0;
  });
  await adapter.close();
  await redis.client.script('FLUSH');
  const before = await runs();
  assert.equal(pricesOf(await hub.history.newest(requests)), wanted);
  assert.equal(await runs(), before, 'nobody has loaded it, and the hub may not');
});

test('adapters give every server of a cluster the script again when it has lost it', async (t) => {
  const cluster = await startRedisCluster();
  t.after(() => cluster.stop());
  const adapter = await openFanout(connectionTo(cluster.url, 'cluster'));
  t.after(() => adapter.close());
  const countOf = async (info: string) => Number(/number_of_cached_scripts:(\d+)/.exec(info)?.[1]);
  for (let round = 0; round < 2; round++) {
    for (const { client } of cluster.masters) await client.script('FLUSH');
    for (const { client } of cluster.masters)
      await until('it is there', async () => (await countOf(await client.info('memory'))) > 0);
  }
});
