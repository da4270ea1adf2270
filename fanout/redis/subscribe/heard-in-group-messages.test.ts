import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { describeFanout } from '#fanout/contract/contract.ts';
import { symbolOf, TestListener, TestSource, tickOf } from '#fanout/fixtures.ts';
import { bySymbolChannel, groupMessagesChannel } from '#fanout/redis/keys.ts';
import {
  connectionTo,
  createCounts,
  groupMessagesLimits,
  openFanout,
  openPair,
  testLimits,
} from '#fanout/redis/redis-fixtures.ts';
import { startRedisCluster } from '#test/harness/redis/start-cluster.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { until } from '#test/harness/redis/until.ts';

describeFanout('a fanout by one Redis server that is heard in group messages', async () => {
  const redis = await startRedis({ config: ['stream-node-max-entries 20'] });
  return openPair(connectionTo(redis.url), () => redis.stop(), groupMessagesLimits);
});

describeFanout('a fanout by a Redis Cluster that is heard in group messages', async () => {
  const cluster = await startRedisCluster();
  return openPair(connectionTo(cluster.url, 'cluster'), () => cluster.stop(), groupMessagesLimits);
});

describe('hubs that hear in group messages and hubs that hear by symbol', () => {
  test('both hear everything of one publisher, and neither keeps the other way going when it is gone', async (t) => {
    const redis = await startRedis();
    t.after(() => redis.stop());
    const [groupMessages, bySymbol] = await Promise.all([
      openFanout(connectionTo(redis.url), createCounts(), groupMessagesLimits),
      openFanout(connectionTo(redis.url)),
    ]);
    t.after(() => Promise.all([groupMessages.close(), bySymbol.close()]));
    const symbols = [symbolOf('MIXA'), symbolOf('MIXB')];
    const listeners = [groupMessages, bySymbol].map((fanout) => {
      const listener = new TestListener();
      fanout.live.listen(listener);
      return listener;
    });
    await Promise.all([groupMessages.live.subscribe(symbols), bySymbol.live.subscribe(symbols)]);
    const channels = [groupMessagesChannel(0), bySymbolChannel(0)];
    assert.deepEqual(await redis.client.pubsub('NUMSUB', ...channels), [channels[0], 1, channels[1], 1]);
    const source = new TestSource(bySymbol);
    for (let price = 1; price <= 30; price++) await source.publish(...symbols.map((s) => tickOf(s, price)));
    await until('both have heard', () => listeners.every(({ heard }) => heard.length >= 60));
    const prices = Array.from({ length: 30 }, (_, i) => i + 1);
    for (const listener of listeners)
      for (const symbol of symbols) assert.deepEqual(listener.pricesOf(symbol), prices);
  });

  test('a hub that comes to want most symbols misses nothing while it changes, there and back', async (t) => {
    const redis = await startRedis();
    t.after(() => redis.stop());
    const hub = await openFanout(connectionTo(redis.url), createCounts(), {
      ...testLimits,
      groupMessagesSymbolsMin: 10,
    });
    const feed = await openFanout(connectionTo(redis.url));
    t.after(() => Promise.all([hub.close(), feed.close()]));
    const listener = new TestListener();
    hub.live.listen(listener);
    const [kept, ...others] = Array.from({ length: 40 }, (_, i) => symbolOf(`CHANGE${i}`));
    assert.ok(kept);
    const source = new TestSource(feed);
    let price = 0;
    let publishing = true;
    const publishAll = (async () => {
      while (publishing) await source.prices(kept, ++price);
    })();
    const hearersOf = async (channel: string) => (await redis.client.pubsub('NUMSUB', channel))[1];
    await hub.live.subscribe([kept]);
    for (let round = 0; round < 3; round++) {
      await hub.live.subscribe(others);
      await until('group messages only', async () => (await hearersOf(bySymbolChannel(0))) === 0);
      assert.equal(await hearersOf(groupMessagesChannel(0)), 1);
      hub.live.unsubscribe(others);
      await until('by symbol only', async () => (await hearersOf(groupMessagesChannel(0))) === 0);
      assert.equal(await hearersOf(bySymbolChannel(0)), 1);
    }
    publishing = false;
    await publishAll;
    await until('the last is heard', () => listener.pricesOf(kept).includes(price));
    const heard = [...new Set(listener.heard.filter(({ symbol }) => symbol === kept).map(({ seq }) => seq))];
    const [first = 0] = heard;
    assert.deepEqual(
      heard,
      Array.from({ length: heard.length }, (_, i) => first + i),
    );
    assert.deepEqual(listener.interruptions, []);
  });

  test('a group message larger than Redis likes to send at once comes whole', async (t) => {
    const redis = await startRedis();
    t.after(() => redis.stop());
    const fanout = await openFanout(connectionTo(redis.url), createCounts(), groupMessagesLimits);
    t.after(() => fanout.close());
    const listener = new TestListener();
    fanout.live.listen(listener);
    const symbols = Array.from({ length: 50 }, (_, i) => symbolOf(`LARGE${i}`));
    await fanout.live.subscribe(symbols);
    const conditions = 'c'.repeat(20_000);
    await new TestSource(fanout).publish(...symbols.map((s, i) => ({ ...tickOf(s, i + 1), conditions })));
    await until('all is heard', () => listener.heard.length >= symbols.length);
    for (const [i, symbol] of symbols.entries()) assert.deepEqual(listener.pricesOf(symbol), [i + 1]);
  });
});
