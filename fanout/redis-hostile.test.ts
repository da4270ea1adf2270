import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { RedisProcess } from '#test/redis/redis-process.ts';
import { startRedis } from '#test/redis/start-redis.ts';
import { reportLeading } from './fixtures.ts';
import { serviceKey, servicesKey, sourcesKey } from './keys.ts';
import type { InstanceRecord, Registration } from './node-ports.ts';
import type { Fanout } from './ports.ts';
import { connectionTo, createCounts, openFanout, type TestCounts } from './redis-fixtures.ts';

const record: InstanceRecord = {
  ...{ ipAddress: '10.0.0.7', portNumber: 8080, protocol: 'ws', sockets: 3, ready: true },
};

function registrationOf(service: string, instance: string): Registration {
  return { service, serviceName: 'Tested', instance, boot: `boot-${instance}`, record };
}

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

  test('instances in the registry of nodes', async () => {
    await fanout.nodes.register(registrationOf('hub', 'good'), 60_000);
    const soon = String(Date.now() + 30_000);
    const json = JSON.stringify(record);
    const listed = {
      port: `${soon} 1 b ${JSON.stringify({ ...record, portNumber: 1e300 })}`,
      since: `${soon} 99999999999999999999 b ${json}`,
      'n a m e': `${soon} 1 b ${json}`,
      junk: `${soon} 1 b junk`,
    };
    const silent = {
      large: `${soon} 1 b ${json}${' '.repeat(10_000)}`,
      ends: `9${'0'.repeat(300)} 1 b ${json}`,
    };
    await redis.client.hset(serviceKey('hub'), { ...listed, ...silent, no: 'junk' });
    const listing = await fanout.nodes.list('hub');
    assert.deepEqual(
      listing?.instances.map(({ instance }) => instance),
      ['good'],
    );
    assert.equal(counts.undecodableOf.node, Object.keys(listed).length);
  });

  test('a lease without end neither fails the registration of others nor takes their room for ever', async () => {
    const json = JSON.stringify(record);
    await redis.client.hset(serviceKey('far'), { other: `9${'0'.repeat(300)} 1 b ${json}` });
    await redis.client.hset(servicesKey, { other: `9${'0'.repeat(300)} 1 b` });
    const registered = await fanout.nodes.register(registrationOf('far', 'good'), 60_000);
    assert.equal(registered.outcome, 'registered');
    assert.deepEqual(await redis.client.hkeys(serviceKey('far')), ['good']);
    await redis.client.hset(serviceKey('far'), {
      good: `${Date.now() + 30_000} 99999999999999999999 boot-good ${json}`,
    });
    const renewed = await fanout.nodes.register(registrationOf('far', 'good'), 60_000);
    assert.ok(renewed.outcome === 'registered' && renewed.registeredAt <= renewed.expiresAt);
  });

  test('a service that began in no year', async () => {
    await fanout.nodes.register(registrationOf('odd', 'good'), 60_000);
    await redis.client.hset(servicesKey, { odd: `${Date.now() + 30_000} 99999999999999999999 Odd` });
    const listing = await fanout.nodes.list('odd');
    assert.equal(listing?.registeredAt, listing?.instances[0]?.registeredAt);
  });
});
