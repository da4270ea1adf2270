import assert from 'node:assert/strict';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { after, before, beforeEach, describe, test } from 'node:test';
import { symbolOf } from '#fanout/fixtures.ts';
import { catalogueLimits } from '#fanout/ports.ts';
import { createCommands } from '#fanout/redis/commands.ts';
import { openClient } from '#fanout/redis/connection/connection.ts';
import { catalogueKey, catalogueSourcesKey } from '#fanout/redis/keys.ts';
import { connectionTo, testLimits } from '#fanout/redis/redis-fixtures.ts';
import { createLogger } from '#runtime/logger.ts';
import type { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { until } from '#test/harness/redis/until.ts';
import { createRedisCatalogue } from './catalogue.ts';

const entriesOf = (source: string, prefix: string, count: number) =>
  Array.from({ length: count }, (_, i) => ({ symbol: symbolOf(`${prefix}${i}`), source }));

describe('the catalogue in Redis', () => {
  let redis: RedisProcess;
  let close = (): void => undefined;
  const open = async (limits = catalogueLimits) => {
    const log = createLogger('test', 'silent');
    const connection = openClient(connectionTo(redis.url), log, testLimits, { autoPipelining: false });
    const nothing = (): void => undefined;
    const commands = createCommands({ connection, roundTrip: nothing, unanswered: nothing }, testLimits);
    const others = close;
    close = () => {
      others();
      commands.close();
    };
    await until('Redis is there', () => connection.client.status === 'ready');
    return createRedisCatalogue(commands, nothing, limits);
  };

  before(async () => {
    redis = await startRedis();
  });
  beforeEach(async () => void (await redis.client.flushall()));
  after(async () => {
    close();
    await redis.stop();
  });

  test('of 200,000 symbols is announced, read and tidied in pieces that hold nothing up', async (t) => {
    const catalogue = await open({ ...catalogueLimits });
    const entries = entriesOf('large', 'L', 200_000);
    assert.equal(await catalogue.announce(entries), 0);
    const delay = monitorEventLoopDelay({ resolution: 5 });
    delay.enable();
    const startedAt = performance.now();
    const read = await catalogue.catalogue();
    const readMs = Math.round(performance.now() - startedAt);
    delay.disable();
    assert.equal(new Set(read.map(({ symbol }) => symbol)).size, 200_000);
    const stats = await redis.client.info('commandstats');
    assert.ok(Number(/cmdstat_hscan:calls=(\d+)/.exec(stats)?.[1]) >= 100, 'it is read by the page');
    assert.doesNotMatch(stats, /cmdstat_hgetall/);
    const kept = new Set(entries.slice(0, 1000).map(({ symbol }) => symbol));
    assert.equal(await catalogue.retire('large', kept), 199_000);
    assert.equal(await redis.client.hlen(catalogueKey), 1000);
    t.diagnostic(JSON.stringify({ readMs, delayMaxMs: Math.round(delay.max / 1e6) }));
  });

  test('takes no more symbols than its limit, says how many it refused, and goes on with those it has', async () => {
    const catalogue = await open({ ...catalogueLimits, symbolsMax: 1500 });
    assert.equal(await catalogue.announce(entriesOf('one', 'A', 1200)), 0);
    assert.equal(await catalogue.announce(entriesOf('two', 'B', 500)), 200);
    assert.equal(await redis.client.hlen(catalogueKey), 1500);
    assert.equal(await catalogue.announce(entriesOf('one', 'A', 1200)), 0);
    await catalogue.retire('one', new Set());
    assert.equal(await catalogue.announce(entriesOf('two', 'B', 500)), 0);
    assert.equal(await redis.client.hlen(catalogueKey), 500);
  });

  test('gives the symbols of a source that is gone to another, and forgets those of one long gone', async () => {
    const catalogue = await open();
    await catalogue.announce([...entriesOf('gone', 'G', 2), ...entriesOf('away', 'W', 2)]);
    const announced = Number(await redis.client.hget(catalogueSourcesKey, 'gone'));
    await redis.client.hset(catalogueSourcesKey, 'gone', announced - catalogueLimits.sourceGoneMs - 1);
    await catalogue.announce(entriesOf('heir', 'G', 1));
    const sources = async () =>
      (await catalogue.catalogue()).map(({ symbol, source }) => `${symbol} ${source}`).sort();
    assert.deepEqual(await sources(), ['G0 heir', 'G1 gone', 'W0 away', 'W1 away']);
    await redis.client.hset(catalogueSourcesKey, 'away', announced - catalogueLimits.sourceForgottenMs - 1);
    await redis.client.hset(catalogueKey, 'no symbol', 'away', 'X', 'nobody');
    assert.equal(await catalogue.retire('heir', new Set([symbolOf('G0')])), 4);
    assert.deepEqual(await sources(), ['G0 heir', 'G1 gone']);
    assert.deepEqual((await redis.client.hkeys(catalogueSourcesKey)).sort(), ['gone', 'heir']);
  });
});
