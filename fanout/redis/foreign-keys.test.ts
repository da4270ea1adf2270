import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { symbolOf, TestSource, tickOf } from '#fanout/fixtures.ts';
import { partitionOf } from '#fanout/partition.ts';
import { type Fanout, FanoutError, type NewestAnswer } from '#fanout/ports.ts';
import type { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { guardKey, stateKey, streamKey } from './keys.ts';
import { connectionTo, createCounts, openFanout, type TestCounts } from './redis-fixtures.ts';

describe("something else at one of Tickwire's keys is the matter of that key alone", () => {
  let redis: RedisProcess;
  let fanout: Fanout;
  let counts: TestCounts;
  let names = 0;
  /** Symbols that no other test has. */
  const some = (count: number) => Array.from({ length: count }, () => symbolOf(`F${names++}`));
  const pricesOf = (answer: NewestAnswer | undefined): number[] => {
    if (answer === undefined || answer instanceof FanoutError) throw answer;
    return answer.map(({ tick }) => tick.price);
  };

  before(async () => {
    redis = await startRedis();
    counts = createCounts();
    fanout = await openFanout(connectionTo(redis.url), counts);
  });
  after(async () => {
    await fanout.close();
    await redis.stop();
  });

  test('of many newest entries those of the others are read, and it is named for what it is', async () => {
    const [good, bad, other] = some(3);
    assert.ok(good && bad && other);
    await new TestSource(fanout, 'newest').publish(tickOf(good, 1), tickOf(other, 2));
    await redis.client.set(streamKey(bad), 'x');
    const read = await fanout.history.newest([good, bad, other].map((symbol) => ({ symbol, entriesMax: 3 })));
    assert.deepEqual([pricesOf(read[0]), pricesOf(read[2])], [[1], [2]]);
    assert.ok(read[1] instanceof FanoutError && read[1].code === 'unreadable');
    await assert.rejects(fanout.history.after(bad, { epoch: 1, seq: 0 }, 3), { code: 'unreadable' });
    await assert.rejects(fanout.history.before(bad, undefined, 3), { code: 'unreadable' });
    assert.equal(fanout.available(), true, 'Redis answers, whatever it says of one key');
  });

  test('entries that can not be read leave neither a short page nor an empty one', async () => {
    const [symbol] = some(1);
    assert.ok(symbol);
    const source = new TestSource(fanout, 'pages');
    const [first] = await source.prices(symbol, 0);
    assert.ok(first);
    const key = streamKey(symbol);
    for (let i = 0; i < 5; i++) await redis.client.xadd(key, `${first.epoch}-*`, 't', 'junk');
    await source.prices(symbol, 1, 2, 3);
    for (let i = 0; i < 5; i++) await redis.client.xadd(key, `${first.epoch}-*`, 'a', '', 'b', 'c');
    const { undecodable } = counts;
    assert.deepEqual(pricesOf(await fanout.history.after(symbol, first, 2)), [1, 2]);
    assert.deepEqual(pricesOf(await fanout.history.before(symbol, undefined, 2)), [3, 2]);
    const [newest] = await fanout.history.newest([{ symbol, entriesMax: 1 }]);
    assert.deepEqual(pricesOf(newest), [3]);
    assert.ok(counts.undecodable > undecodable);
  });

  test('a stream with nothing but junk is unreadable, and is not read to its end', async () => {
    const [symbol] = some(1);
    assert.ok(symbol);
    const batch = redis.client.pipeline();
    for (let i = 0; i < 6000; i++) batch.xadd(streamKey(symbol), `5-${i}`, 't', 'junk');
    await batch.exec();
    await assert.rejects(fanout.history.after(symbol, { epoch: 0, seq: 0 }, 10), { code: 'unreadable' });
    const [newest] = await fanout.history.newest([{ symbol, entriesMax: 1 }]);
    assert.ok(newest instanceof FanoutError && newest.code === 'unreadable');
  });

  test('an id that is no position is left out', async () => {
    const [symbol] = some(1);
    assert.ok(symbol);
    await new TestSource(fanout, 'ids').prices(symbol, 1);
    await redis.client.xadd(streamKey(symbol), '18446744073709551615-7', 't', 'x');
    assert.deepEqual(pricesOf(await fanout.history.before(symbol, undefined, 5)), [1]);
    assert.deepEqual(pricesOf(await fanout.history.after(symbol, { epoch: 1, seq: 0 }, 5)), [1]);
  });

  const last = '18446744073709551615';
  const foreign: readonly (readonly [
    string,
    (client: RedisProcess['client'], key: string) => Promise<unknown>,
  ])[] = [
    ['a text', (client, key) => client.set(key, 'x')],
    ['a hash', (client, key) => client.hset(key, 'a', 'b')],
    ['a stream that is used up', (client, key) => client.xadd(key, `${last}-${last}`, 't', 'x')],
    ['a stream of a time far off', (client, key) => client.xadd(key, '9007199254740990-0', 't', 'x')],
  ];
  for (const [what, put] of foreign)
    test(`${what} at the key of one symbol loses no tick of its batch, and none of its own`, async () => {
      const [bad, good] = some(2);
      assert.ok(bad && good);
      await put(redis.client, streamKey(bad));
      const source = new TestSource(fanout, `of ${what}`);
      await source.publish(tickOf(good, 1), tickOf(bad, 2), tickOf(good, 3));
      await source.publish(tickOf(bad, 4));
      assert.deepEqual(pricesOf(await fanout.history.before(good, undefined, 5)), [3, 1]);
      assert.deepEqual(pricesOf(await fanout.history.before(bad, undefined, 5)), [4, 2]);
    });

  test('numbers that somebody else has used up are followed by a new epoch', async () => {
    const [symbol] = some(1);
    assert.ok(symbol);
    const source = new TestSource(fanout, 'numbers');
    const [first] = await source.prices(symbol, 1);
    assert.ok(first);
    await redis.client.xadd(streamKey(symbol), `${first.epoch}-9007199254740993`, 't', 'x');
    const [second] = await source.prices(symbol, 2);
    assert.ok(second && second.epoch > first.epoch);
    assert.deepEqual(pricesOf(await fanout.history.after(symbol, first, 5)), [2]);
  });

  test('a partition whose state is not ours goes on, with positions that are later', async () => {
    const [symbol] = some(1);
    assert.ok(symbol);
    const source = new TestSource(fanout, 'state');
    let [before] = await source.prices(symbol, 0);
    const key = stateKey(partitionOf(symbol));
    const server = (await redis.client.hget(key, 'server')) ?? '';
    const states = [
      () => redis.client.set(key, 'x'),
      () => redis.client.hset(key, { epoch: 'junk', server }),
      () => redis.client.hset(key, { epoch: '-5', server }),
      () => redis.client.hset(key, { epoch: '99999999999999999999', server }),
    ];
    for (const [i, put] of states.entries()) {
      await redis.client.del(key);
      await put();
      const [position] = await source.prices(symbol, i + 1);
      assert.ok(position && before);
      // All of it may happen within one millisecond, which is what epochs are told apart by; the stream is still there.
      assert.ok(
        position.epoch > before.epoch || (position.epoch === before.epoch && position.seq > before.seq),
      );
      assert.ok(position.epoch < 4e15);
      before = position;
    }
  });

  test("a source's guard that is not ours is made anew", async () => {
    const [symbol] = some(1);
    assert.ok(symbol);
    const source = new TestSource(fanout, 'guarded');
    await source.prices(symbol, 1);
    await redis.client.set(guardKey(0, 'guarded'), 'x');
    await source.prices(symbol, 2);
    assert.deepEqual(pricesOf(await fanout.history.before(symbol, undefined, 5)), [2, 1]);
  });
});
