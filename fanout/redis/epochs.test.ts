import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { symbolOf, TestSource, tickOf } from '#fanout/fixtures.ts';
import { partitionOf } from '#fanout/partition.ts';
import type { Fanout } from '#fanout/ports.ts';
import type { Position } from '#protocol/position.ts';
import type { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { until } from '#test/harness/redis/until.ts';
import { stateKey, streamKey } from './keys.ts';
import { connectionTo, openFanout } from './redis-fixtures.ts';

const symbol = symbolOf('AAPL');

/** Another symbol of the same partition, and so of the same epoch. */
const neighbour = symbolOf(
  Array.from({ length: 10_000 }, (_, i) => `N${i}`).find(
    (name) => partitionOf(symbolOf(name)) === partitionOf(symbol),
  ) ?? '',
);

describe('a new epoch begins, and no number is given out twice', () => {
  const fanouts: Fanout[] = [];
  const servers: RedisProcess[] = [];
  /** Price by position: what clients have seen. */
  const seen = new Map<string, number>();
  let nextPrice = 1;

  afterEach(async () => {
    await Promise.all(fanouts.splice(0).map((fanout) => fanout.close()));
    await Promise.all(servers.splice(0).map((server) => server.stop()));
    seen.clear();
  });

  const start = async (...config: string[]): Promise<RedisProcess> => {
    const server = await startRedis({ config });
    servers.push(server);
    return server;
  };
  const join = async (server: RedisProcess): Promise<Fanout> => {
    const fanout = await openFanout(connectionTo(server.url));
    fanouts.push(fanout);
    return fanout;
  };
  /** Publishes `count` ticks with prices never used before; fails if a position had been given before. */
  const publish = async (source: TestSource, count: number, of = symbol): Promise<Position> => {
    let last: Position | undefined;
    for (let i = 0; i < count; i++) {
      const price = nextPrice++;
      [last] = await source.prices(of, price);
      const key = `${of} ${last?.epoch}-${last?.seq}`;
      assert.ok(!seen.has(key), `${key} was given to price ${seen.get(key)} and to price ${price}`);
      seen.set(key, price);
    }
    assert.ok(last);
    return last;
  };
  const begins = (now: Position, before: Position): void => {
    assert.ok(now.epoch > before.epoch, `epoch ${now.epoch} after ${before.epoch}`);
  };

  test('after everything was flushed', async () => {
    const redis = await start();
    const source = new TestSource(await join(redis));
    const before = await publish(source, 3);
    await redis.client.flushall();
    const now = await publish(source, 3);
    begins(now, before);
    assert.equal(now.seq, 2);
  });

  test('after one stream was deleted, for its whole partition; the deleted number is in no history', async () => {
    const redis = await start();
    const fanout = await join(redis);
    const source = new TestSource(fanout);
    const beside = await publish(source, 2, neighbour);
    const before = await publish(source, 3);
    assert.equal(beside.epoch, before.epoch);
    await redis.client.del(streamKey(symbol));
    const now = await publish(source, 1);
    begins(now, before);
    assert.equal(now.seq, 0);
    const entries = await fanout.history.before(symbol, undefined, 10);
    assert.deepEqual(
      entries.map(({ position }) => position),
      [now],
    );
    assert.deepEqual(await publish(source, 1, neighbour), { epoch: now.epoch, seq: 0 });
    assert.deepEqual(await publish(source, 1), { epoch: now.epoch, seq: 1 });
  });

  test('when a stream vanishes in the middle of a batch of many', async () => {
    const redis = await start();
    const source = new TestSource(await join(redis));
    const before = await publish(source, 2);
    await publish(source, 2, neighbour);
    await redis.client.del(streamKey(neighbour));
    const prices = [symbol, neighbour, symbol, neighbour];
    const positions = await source.publish(...prices.map((of, i) => tickOf(of, 1000 + i)));
    assert.deepEqual(positions[0], { epoch: before.epoch, seq: 2 });
    const epoch = positions[1]?.epoch ?? 0;
    assert.ok(epoch > before.epoch);
    assert.deepEqual(positions.slice(1), [
      { epoch, seq: 0 },
      { epoch, seq: 0 },
      { epoch, seq: 1 },
    ]);
  });

  test('after the state was evicted, above all numbers of the streams that are still there', async () => {
    const redis = await start();
    const fanout = await join(redis);
    const source = new TestSource(fanout);
    await publish(source, 2);
    // As if the clock had been an hour ahead then.
    const ahead = Date.now() + 3_600_000;
    await redis.client.hset(stateKey(partitionOf(symbol)), 'epoch', ahead);
    const before = await publish(source, 2);
    assert.ok(before.epoch >= ahead);
    await redis.client.del(stateKey(partitionOf(symbol)));
    const now = await publish(source, 2);
    begins(now, before);
    const entries = await fanout.history.after(symbol, before, 10);
    assert.equal(entries.at(-1)?.position.epoch, now.epoch);
  });

  test('when something else sits where the stream should be', async () => {
    const redis = await start();
    const source = new TestSource(await join(redis));
    const before = await publish(source, 2);
    await redis.client.set(streamKey(symbol), 'junk');
    begins(await publish(source, 2), before);
  });

  test('after a restart that lost everything', async () => {
    const redis = await start();
    const source = new TestSource(await join(redis));
    const before = await publish(source, 3);
    await redis.kill();
    await redis.launch();
    begins(await retried(() => publish(source, 1)), before);
  });

  test('after a restart with an older state from the disk', async () => {
    const redis = await start();
    const source = new TestSource(await join(redis));
    await publish(source, 3);
    await redis.client.save();
    const before = await publish(source, 3);
    await redis.kill();
    await redis.launch();
    assert.ok((await redis.client.xlen(streamKey(symbol))) === 3, 'the last three are lost');
    begins(await retried(() => publish(source, 3)), before);
  });

  test('after the promotion of a replica that missed the last writes', async () => {
    const master = await start();
    const replica = await follower(master, start);
    const fanout = await join(master);
    const before = await publish(new TestSource(fanout, 'a'), 3);
    await caughtUp(replica, master);
    const lost = await missing(replica, master, () => publish(new TestSource(fanout, 'b'), 3));
    assert.deepEqual(lost, { epoch: before.epoch, seq: 5 });
    await replica.client.replicaof('NO', 'ONE');
    begins(await publish(new TestSource(await join(replica), 'c'), 3), before);
  });

  test('after a master was demoted, took over a stale state and was promoted again, without a restart', async () => {
    const master = await start();
    const replica = await follower(master, start);
    const fanout = await join(master);
    const before = await publish(new TestSource(fanout, 'a'), 3);
    await caughtUp(replica, master);
    await missing(replica, master, () => publish(new TestSource(fanout, 'b'), 3));
    await replica.client.replicaof('NO', 'ONE');
    await master.client.replicaof('127.0.0.1', replica.port);
    await until('the old master follows', async () => isLinked(master));
    assert.equal(await master.client.xlen(streamKey(symbol)), 3, 'it holds the stale state now');
    await master.client.replicaof('NO', 'ONE');
    const now = await retried(() => publish(new TestSource(fanout, 'c'), 3));
    begins(now, before);
  });

  test('none begins while nothing happens', async () => {
    const redis = await start();
    const before = await publish(new TestSource(await join(redis), 'one'), 2);
    const now = await publish(new TestSource(await join(redis), 'two'), 2);
    assert.deepEqual(now, { epoch: before.epoch, seq: 3 });
  });
});

/** The result of `publish` as soon as the connection is back. */
async function retried(publish: () => Promise<Position>): Promise<Position> {
  let position: Position | undefined;
  await until('Redis is back', async () => {
    position = await publish();
    return true;
  });
  assert.ok(position);
  return position;
}

async function follower(
  master: RedisProcess,
  start: (...config: string[]) => Promise<RedisProcess>,
): Promise<RedisProcess> {
  const replica = await start(`replicaof 127.0.0.1 ${master.port}`);
  await until('the replica follows', () => isLinked(replica));
  return replica;
}

async function isLinked({ client }: RedisProcess): Promise<boolean> {
  return (await client.info('replication')).includes('master_link_status:up');
}

async function caughtUp(replica: RedisProcess, master: RedisProcess): Promise<void> {
  await until('the replica has every write', async () => {
    const [ours, theirs] = await Promise.all([replica, master].map((server) => offsetOf(server)));
    return ours === theirs;
  });
}

async function offsetOf({ client }: RedisProcess): Promise<string | undefined> {
  return /(?:slave|master)_repl_offset:(\d+)/.exec(await client.info('replication'))?.[1];
}

/** Lets `write` happen while the replica is cut off from its master. */
async function missing(
  replica: RedisProcess,
  master: RedisProcess,
  write: () => Promise<Position>,
): Promise<Position> {
  // To a port where nobody listens: it keeps its data and waits for a master that never comes.
  await replica.client.replicaof('127.0.0.1', 1);
  await until('the master has lost its replica', async () =>
    (await master.client.info('replication')).includes('connected_slaves:0'),
  );
  return write();
}
