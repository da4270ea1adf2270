import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { symbolOf, TestListener, TestSource, tickOf } from '#fanout/fixtures.ts';
import { partitionOf } from '#fanout/partition.ts';
import type { Fanout } from '#fanout/ports.ts';
import { moveSlot } from '#test/harness/redis/move-slot.ts';
import type { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { type RedisCluster, startRedisCluster } from '#test/harness/redis/start-cluster.ts';
import { until } from '#test/harness/redis/until.ts';
import { hashSlot } from './connection/hash-slot.ts';
import { connectionTo, createCounts, openFanout, testLimits } from './redis-fixtures.ts';

const symbols = Array.from({ length: 30 }, (_, i) => symbolOf(`MOVE${i}`));
const slotOf = (of: (typeof symbols)[number]): number => hashSlot(String(partitionOf(of)));

describe('when the shards of a cluster change', () => {
  const counts = createCounts();
  const listener = new TestListener();
  let cluster: RedisCluster;
  let fanout: Fanout;
  let nextPrice = 1;

  before(async () => {
    cluster = await startRedisCluster({ replicasPerMaster: 1 });
    // Neither the interval nor a lost probe finds what has moved in time: what finds it is the doubt.
    const slow = { ...testLimits, topologyIntervalMs: 60_000, probeTimeoutMs: 60_000 };
    fanout = await openFanout(connectionTo(cluster.url, 'cluster'), counts, slow);
    fanout.live.listen(listener);
    await fanout.live.subscribe(symbols);
  });
  after(async () => {
    await fanout.close();
    await cluster.stop();
  });

  /** Publishes a tick of each symbol until all of one round are heard. */
  const allAreHeard = async (source: TestSource): Promise<void> => {
    await until('every symbol is heard', async () => {
      const price = nextPrice++;
      await source.publish(...symbols.map((of) => tickOf(of, price)));
      const isHeard = () => listener.heard.filter((update) => update.price === price).length;
      await until('the round is heard', () => isHeard() === symbols.length, 300);
      return true;
    });
  };

  test('symbols of a slot that moves are subscribed at its new master and told', async () => {
    await allAreHeard(new TestSource(fanout, 'before'));
    const [moved] = symbols;
    assert.ok(moved);
    listener.interruptions.length = 0;
    await moveSlot(cluster.masters, slotOf(moved));
    await until('the interruption is told', () => listener.interruptions.flat().includes(moved));
    await allAreHeard(new TestSource(fanout, 'moved'));
  });

  test('symbols of a killed master are subscribed at its promoted replica and told', async () => {
    await isReplaced(cluster.masters[0], 'killed', (victim) => victim.kill());
  });

  test('a master that stands still with its connections open is left for its promoted replica', async () => {
    const victim = await isReplaced(cluster.masters[1], 'frozen', (frozen) => frozen.freeze());
    victim.thaw();
  });

  const isReplaced = async (
    victim: RedisProcess | undefined,
    name: string,
    takeAway: (victim: RedisProcess) => void | Promise<void>,
  ): Promise<RedisProcess> => {
    assert.ok(victim);
    const theirs = await held(victim);
    assert.ok(theirs.length > 0);
    listener.interruptions.length = 0;
    await takeAway(victim);
    await until(
      'the interruption of all of its symbols is told',
      () => theirs.every((of) => listener.interruptions.flat().includes(of)),
      15_000,
    );
    let token = 0;
    await until('the promoted replica is heard', async () => {
      await allAreHeard(new TestSource(fanout, name, ++token));
      return true;
    });
    return victim;
  };

  /** The symbols whose slots `node` serves. */
  const held = async ({ client }: RedisProcess): Promise<typeof symbols> => {
    const [myself = ''] = String(await client.call('CLUSTER', 'NODES'))
      .split('\n')
      .filter((line) => line.includes('myself'));
    const ranges = myself
      .split(' ')
      .slice(8)
      .filter((range) => /^\d/.test(range));
    return symbols.filter((of) =>
      ranges.some((range) => {
        const [from, to = from] = range.split('-').map(Number);
        return from !== undefined && to !== undefined && slotOf(of) >= from && slotOf(of) <= to;
      }),
    );
  };
});
