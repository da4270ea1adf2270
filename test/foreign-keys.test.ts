import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { symbolOf, tickOf } from '#fanout/fixtures.ts';
import type { Fanout } from '#fanout/ports.ts';
import { streamKey } from '#fanout/redis/keys.ts';
import { connectionTo, openFanout } from '#fanout/redis/redis-fixtures.ts';
import { story } from '#hub/fixtures.ts';
import { PlainClient, startHub } from '#hub/socket-fixtures.ts';
import type { HubMessage } from '#protocol/messages.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';

const symbols = ['BAD', 'GOOD', 'FINE'];

/** A hub on a real Redis, in this process, whose answers to a subscribe may take a minute before it gives up. */
async function open(t: TestContext) {
  const redis = await startRedis();
  const fanout: Fanout = await openFanout(connectionTo(redis.url));
  const { hub, url } = await startHub({ subscribeTimeoutMs: 60_000 }, symbols, fanout);
  let batch = 0;
  const publish = async (...prices: readonly (readonly [string, number])[]): Promise<void> => {
    const ticks = prices.map(([symbol, price]) => tickOf(symbolOf(symbol), price));
    await fanout.publisher.publish({ source: 'test', token: 1, number: ++batch, ticks });
  };
  t.after(async () => {
    hub.stop();
    await fanout.close();
    await redis.stop();
  });
  return { redis, hub, url, publish, bad: streamKey(symbolOf('BAD')) };
}

const isAnswer = (id: number) => (message: HubMessage) => message.type === 'subscribed' && message.id === id;

test('a symbol whose key holds something else is refused at once, and the others of its request are served', async (t) => {
  const { redis, hub, url, publish, bad } = await open(t);
  await publish(['GOOD', 1], ['FINE', 2]);
  await redis.client.set(bad, 'x');
  const client = await PlainClient.connect(url);
  client.send({ type: 'subscribe', symbols, id: 1 });
  const answer = await client.awaits(isAnswer(1));
  assert.ok(answer.type === 'subscribed');
  assert.deepEqual(Object.keys(answer.symbols).sort(), ['FINE', 'GOOD']);
  assert.deepEqual(
    answer.rejected?.map(({ symbol, code }) => [symbol, code]),
    [['BAD', 'unavailable']],
  );
  for (let id = 2; id < 52; id++) client.send({ type: 'subscribe', symbols: ['BAD'], id });
  await client.awaits(isAnswer(51));
  assert.ok(hub.counts.historyUnreadable <= 5, `looked at ${hub.counts.historyUnreadable} times`);
  assert.equal(client.received.filter(({ type }) => type === 'stale').length, 0);
  await redis.client.del(bad);
  await publish(['BAD', 3]);
  for (
    let id = 60;
    !client.received.some((message) => message.type === 'subscribed' && message.symbols.BAD);
    id++
  ) {
    client.send({ type: 'subscribe', symbols: ['BAD'], id });
    await client.awaits(isAnswer(id));
  }
  client.close();
});

test('holders of such a symbol are told, nobody else is, and it goes on with its next update', async (t) => {
  const { redis, hub, url, publish, bad } = await open(t);
  await publish(['BAD', 1], ['GOOD', 1], ['FINE', 1]);
  const client = await PlainClient.connect(url);
  client.send({ type: 'subscribe', symbols, id: 1 });
  await client.until(() => symbols.every((symbol) => story(client.received, symbol).length === 1));
  await redis.client.set(bad, 'x');
  await redis.client.client('KILL', 'TYPE', 'pubsub');
  await client.until(() => story(client.received, 'BAD').length === 3);
  assert.deepEqual(story(client.received, 'BAD').slice(1), ['history_unavailable', [0, 0]]);
  await until('all are heard again', async () => {
    const [, subscribers] = await redis.client.pubsub('NUMSUB', streamKey(symbolOf('GOOD')));
    return subscribers === 1;
  });
  await publish(['BAD', 2], ['GOOD', 2], ['FINE', 2]);
  await client.until(() => ['GOOD', 'FINE'].every((symbol) => story(client.received, symbol).length === 2));
  await client.until(() => story(client.received, 'BAD').length === 5);
  assert.equal(story(client.received, 'BAD')[3], 'epoch_changed');
  for (const symbol of ['GOOD', 'FINE'])
    assert.deepEqual(story(client.received, symbol), [
      [0, 0],
      [1, 1],
    ]);
  assert.equal(client.received.filter(({ type }) => type === 'stale').length, 0);
  assert.equal(hub.counts.stale.fanout_unavailable, 0);
  client.close();
});
