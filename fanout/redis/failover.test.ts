import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { symbolOf, TestListener, TestSource, tickOf } from '#fanout/fixtures.ts';
import type { Fanout, HistoryEntry } from '#fanout/ports.ts';
import type { Position } from '#protocol/position.ts';
import type { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { type SentinelGroup, startSentinelGroup } from '#test/harness/redis/start-sentinels.ts';
import { until } from '#test/harness/redis/until.ts';
import { connectionTo, createCounts, openFanout, testLimits } from './redis-fixtures.ts';

const symbol = symbolOf('FAIL.OVER');

describe('when the sentinels replace the master', () => {
  const counts = createCounts();
  const listener = new TestListener();
  let group: SentinelGroup;
  let fanout: Fanout;

  before(async () => {
    group = await startSentinelGroup();
    const patient = { ...testLimits, probeTimeoutMs: 60_000 };
    fanout = await openFanout(connectionTo(group.url, 'sentinel', group.masterName), counts, patient);
    fanout.live.listen(listener);
    await fanout.live.subscribe([symbol]);
  });
  after(async () => {
    await fanout.close();
    await group.stop();
  });

  /** Takes the master away and publishes on until its successor has taken a tick that was also heard. */
  const replaceMaster = async (token: number, takeAway: (master: RedisProcess) => void | Promise<void>) => {
    const source = new TestSource(fanout, 'failover', token);
    /** As an adapter does: the same batch again until Redis has taken it. */
    const publish = async (price: number): Promise<Position | undefined> => {
      const batch = source.batch([tickOf(symbol, price)]);
      await until(`Redis takes ${price}`, async () => {
        await fanout.publisher.publish(batch);
        return true;
      });
      let newest: readonly HistoryEntry[] = [];
      await until(`${price} is read`, async () => {
        newest = await fanout.history.before(symbol, undefined, 1);
        return newest[0]?.tick.price === price;
      });
      return newest[0]?.position;
    };
    let price = 1000 * token;
    const previous = await publish(price);
    const told = listener.interruptions.length;
    const master = await group.master();
    await until('the subscriber is probed', async () => {
      const probes = await master.client.pubsub('CHANNELS', 'tw:*::probe:*');
      return probes.length === 1;
    });
    await takeAway(master);
    await publish(++price);
    await until('the interruption is told', () => listener.interruptions.length > told);
    const next = await publish(++price);
    const firstHeard = price;
    // Once the writer knows the successor the subscriber gets another connection: meanwhile ticks are told as missed.
    await until('the successor is heard', async () => {
      await publish(++price);
      return listener.pricesOf(symbol).some((heard) => heard >= firstHeard);
    });
    assert.ok(previous !== undefined && next !== undefined && next.epoch > previous.epoch);
    assert.notEqual(await group.master(), master);
    return master;
  };

  test('a master that froze with its connections open is left when its successor is known, before a probe is lost', async () => {
    const master = await replaceMaster(1, (frozen) => frozen.freeze());
    assert.equal(counts.probesLost, 0);
    master.thaw();
  });

  test('a killed master is replaced: a new epoch, and the successor is heard', async () => {
    await replaceMaster(2, (master) => master.kill());
  });
});
