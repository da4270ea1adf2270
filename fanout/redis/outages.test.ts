import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { symbolOf, TestListener, TestSource, tickOf } from '#fanout/fixtures.ts';
import { type Fanout, FanoutError } from '#fanout/ports.ts';
import { freePort } from '#test/harness/redis/free-ports.ts';
import { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { plainConfig, startRedis } from '#test/harness/redis/start-redis.ts';
import { until } from '#test/harness/redis/until.ts';
import { bySymbolChannel, groupMessagesChannel, streamKey } from './keys.ts';
import { connectionTo, createCounts, openFanout } from './redis-fixtures.ts';

const symbols = Array.from({ length: 40 }, (_, i) => symbolOf(`OUT${i}`));
const symbol = symbolOf('OUT0');

describe('when one Redis server misbehaves', () => {
  const fanouts: Fanout[] = [];
  const servers: RedisProcess[] = [];

  afterEach(async () => {
    await Promise.all(fanouts.splice(0).map((fanout) => fanout.close()));
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  const start = async () => {
    const redis = await startRedis();
    servers.push(redis);
    return { redis, ...(await join(redis)) };
  };
  const join = async ({ url }: { url: string }) => {
    const counts = createCounts();
    const fanout = await openFanout(connectionTo(url), counts);
    fanouts.push(fanout);
    const listener = new TestListener();
    fanout.live.listen(listener);
    return { fanout, counts, listener };
  };

  test('a killed subscriber subscribes again and then says what it may have missed', async () => {
    const { redis, fanout, listener, counts } = await start();
    await fanout.live.subscribe(symbols);
    await redis.client.client('KILL', 'TYPE', 'pubsub');
    await until('the interruption is told', () => listener.interruptions.length > 0);
    assert.deepEqual(new Set(listener.interruptions.flat()), new Set(symbols));
    assert.equal(counts.interrupted, symbols.length);
    await new TestSource(fanout).publish(...symbols.map((of, i) => tickOf(of, i)));
    await until('all are heard', () => listener.heard.length >= symbols.length);
    assert.equal(listener.heard.length, symbols.length);
  });

  test('what was left before a subscriber was killed is not subscribed again', async () => {
    const { redis, fanout, listener } = await start();
    await fanout.live.subscribe(symbols);
    fanout.live.unsubscribe(symbols.slice(1));
    await redis.client.client('KILL', 'TYPE', 'pubsub');
    await until('the interruption is told', () => listener.interruptions.length > 0);
    assert.deepEqual(listener.interruptions, [[symbol]]);
    const channels = await redis.client.pubsub('CHANNELS', streamKey(symbol).slice(0, 3).concat('*'));
    const ours = channels.filter((channel) => String(channel).includes(':OUT'));
    assert.deepEqual(ours, [streamKey(symbol)]);
  });

  test('without Redis it starts, says that it is not available, and joins when Redis comes', async () => {
    const port = await freePort();
    const { fanout } = await join({ url: `redis://127.0.0.1:${port}` });
    assert.equal(fanout.available(), false);
    await assert.rejects(new TestSource(fanout).prices(symbol, 1), {
      name: 'FanoutError',
      code: 'unavailable',
    });
    await assert.rejects(fanout.live.subscribe([symbol]), { name: 'FanoutError', code: 'unavailable' });
    servers.push(await RedisProcess.start(port, plainConfig));
    await until('it is available', () => fanout.available());
    await new TestSource(fanout).prices(symbol, 1);
  });

  test('a subscription that failed is none: nothing is heard of it later', async () => {
    const port = await freePort();
    const { fanout, listener } = await join({ url: `redis://127.0.0.1:${port}` });
    await assert.rejects(fanout.live.subscribe([symbol]), FanoutError);
    servers.push(await RedisProcess.start(port, plainConfig));
    await until('it is available', () => fanout.available());
    const other = symbolOf('OTHER');
    await until('another is subscribed', () => fanout.live.subscribe([other]).then(() => true));
    await new TestSource(fanout).publish(tickOf(symbol, 1), tickOf(other, 2));
    await until('the other is heard', () => listener.heard.length > 0);
    assert.deepEqual(listener.pricesOf(symbol), []);
    assert.deepEqual(listener.interruptions, []);
  });

  test('a batch that timed out is published once, however often it is sent', async () => {
    const { redis, fanout } = await start();
    const source = new TestSource(fanout);
    await source.prices(symbol, 1);
    const batch = source.batch([tickOf(symbol, 2)]);
    redis.freeze();
    await assert.rejects(fanout.publisher.publish(batch), { name: 'FanoutError', code: 'timeout' });
    assert.equal(fanout.available(), false);
    redis.thaw();
    let outcome = '';
    await until('Redis answers', async () => {
      ({ outcome } = await fanout.publisher.publish(batch));
      return true;
    });
    assert.equal(outcome, 'repeated');
    const entries = await fanout.history.before(symbol, undefined, 10);
    assert.deepEqual(
      entries.map(({ tick }) => tick.price),
      [2, 1],
    );
    assert.equal(fanout.available(), true);
  });

  test('a server frozen for long is left and found again', async () => {
    const { redis, fanout, counts } = await start();
    redis.freeze();
    const source = new TestSource(fanout);
    const batch = source.batch([tickOf(symbol, 1)]);
    for (let i = 0; i < 4; i++) await assert.rejects(fanout.publisher.publish(batch), FanoutError);
    redis.thaw();
    await until('it is available', () => fanout.available());
    const { outcome } = await fanout.publisher.publish(batch);
    assert.match(outcome, /^(published|repeated)$/);
    assert.equal((await fanout.history.before(symbol, undefined, 10)).length, 1);
    assert.ok(counts.roundTrips > 0);
  });

  test('a forgotten script is sent again', async () => {
    const { redis, fanout } = await start();
    const source = new TestSource(fanout);
    await source.prices(symbol, 1);
    await redis.client.script('FLUSH');
    const [position] = await source.prices(symbol, 2);
    assert.equal(position?.seq, 1);
  });

  test('payloads that are no ticks are counted and left out, live and in the history', async () => {
    const { redis, fanout, listener, counts } = await start();
    await fanout.live.subscribe([symbol]);
    const source = new TestSource(fanout);
    const [position] = await source.prices(symbol, 1);
    for (const junk of ['', 'junk', '1-', '1-1', '1-1 ', '1-1 junk', '-1 x'])
      await redis.client.publish(streamKey(symbol), junk);
    await redis.client.xadd(streamKey(symbol), `${position?.epoch}-*`, 't', 'junk');
    await source.prices(symbol, 2);
    await until('the second is heard', () => listener.heard.length === 2);
    assert.deepEqual(listener.pricesOf(symbol), [1, 2]);
    assert.equal(counts.undecodable, 7);
    const entries = await fanout.history.before(symbol, undefined, 10);
    assert.deepEqual(
      entries.map(({ tick }) => tick.price),
      [2, 1],
    );
    assert.equal(counts.undecodable, 8);
  });

  test('after close every command is rejected as closed', async () => {
    const { fanout } = await start();
    await fanout.close();
    await assert.rejects(fanout.history.before(symbol, undefined, 1), {
      name: 'FanoutError',
      code: 'closed',
    });
    await assert.rejects(new TestSource(fanout).prices(symbol, 1), { name: 'FanoutError', code: 'closed' });
    assert.equal(fanout.available(), false);
  });

  test('a full Redis refuses the whole batch, and takes it later', async () => {
    const { redis, fanout } = await start();
    const source = new TestSource(fanout);
    await source.prices(symbol, 1);
    await redis.client.config('SET', 'maxmemory', '1');
    const batch = source.batch([tickOf(symbol, 2), tickOf(symbol, 3)]);
    await assert.rejects(fanout.publisher.publish(batch), { name: 'FanoutError', code: 'unavailable' });
    await redis.client.config('SET', 'maxmemory', '0');
    const outcome = await fanout.publisher.publish(batch);
    assert.equal(outcome.outcome, 'published');
    assert.equal((await fanout.history.before(symbol, undefined, 10)).length, 3);
  });

  for (const channel of [bySymbolChannel(0), groupMessagesChannel(0)])
    test(`a batch that Redis ends with an error goes on behind what was published, heard on ${channel}`, async () => {
      const { redis, fanout } = await start();
      const hearer = redis.client.duplicate();
      await hearer.subscribe(channel);
      const source = new TestSource(fanout, 'middle');
      const [first, second] = [symbolOf('OUT1'), symbolOf('OUT2')];
      const batch = source.batch([tickOf(first, 1), tickOf(second, 2), tickOf(first, 3)]);
      const rights = ['allkeys', 'allcommands', 'clearselectors', 'resetchannels', `&${streamKey(first)}`];
      await redis.client.acl('SETUSER', 'tickwire-both', ...rights);
      await assert.rejects(fanout.publisher.publish(batch), { code: 'refused' });
      await redis.client.acl('SETUSER', 'tickwire-both', 'allchannels');
      assert.deepEqual(await fanout.publisher.publish(batch), { outcome: 'repeated' });
      const pricesOf = async (of: typeof first): Promise<number[]> =>
        (await fanout.history.before(of, undefined, 10)).map(({ tick }) => tick.price);
      assert.deepEqual([await pricesOf(first), await pricesOf(second)], [[3, 1], [2]]);
      assert.deepEqual(
        (await source.prices(first, 4)).map(({ seq }) => seq),
        [2],
      );
      hearer.disconnect();
    });
});
