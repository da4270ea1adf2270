import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { reportLeading } from '#fanout/fixtures.ts';
import type { Fanout } from '#fanout/ports.ts';
import type { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { sourcesKey } from './keys.ts';
import { connectionTo, createCounts, openFanout, type TestCounts } from './redis-fixtures.ts';

describe('what somebody else wrote into Redis is left out and counted, and costs nobody else anything', () => {
  let redis: RedisProcess;
  let fanout: Fanout;
  let counts: TestCounts;

  before(async () => {
    redis = await startRedis();
    counts = createCounts();
    fanout = await openFanout(connectionTo(redis.url), counts);
  });
  after(async () => {
    await fanout.close();
    await redis.stop();
  });

  test('states of sources', async () => {
    await reportLeading(fanout.directory, 'good', 60_000);
    const [good] = await fanout.directory.sources();
    const status = JSON.stringify({ ...good, source: 'bad', instance: 'bad' });
    const far = '99999999999999';
    const bad = [
      `${far} ${JSON.stringify({ ...good, source: 'bad', lastTickAt: 1e300 })}`,
      `${far} ${status.replace('"published":0', '"published":1e400')}`,
      `${far} {"source":"bad"}`,
      `${far} junk`,
      `${far} ${status}${' '.repeat(100_000)}`,
    ];
    await redis.client.hset(sourcesKey, Object.fromEntries(bad.map((text, i) => [`bad ${i}`, text])));
    await redis.client.hset(sourcesKey, { gone: `1 ${status}`, none: 'junk', '': '' });
    assert.deepEqual(await fanout.directory.sources(), [good]);
    assert.equal(counts.undecodableOf.source, bad.length);
  });

  test('more states than are looked at', async () => {
    const states: Record<string, string> = {};
    for (let i = 0; i < 6000; i++) states[`many ${i}`] = '99999999999999 junk';
    await redis.client.hset(sourcesKey, states);
    const before = counts.undecodableOf.source;
    assert.ok((await fanout.directory.sources()).length <= 1);
    assert.ok(counts.undecodableOf.source - before <= 4096);
    await redis.client.del(sourcesKey);
  });
});
