import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isFields } from '#feed-adapter/venues/fields.ts';
import { FakeVenueServer } from '#feed-adapter/venues/transport/fake-venue-server.ts';
import type { HubMessage } from '#protocol/messages.ts';
import { readMetrics } from './harness/metrics-page.ts';
import { symbolsAt } from './harness/pages.ts';
import type { FeedProcess } from './harness/processes.ts';
import { connectRaw } from './harness/raw-client.ts';
import { startRedis } from './harness/redis/start-redis.ts';
import { until } from './harness/redis/until.ts';
import { Scene } from './harness/scene.ts';

const symbols = ['BTC-USDT', 'ETH-USDT'];

/** A trade of Binance's, of a price that is its id. */
function trade(theirs: string, id: number): object {
  return { e: 'trade', s: theirs, t: id, p: String(id), q: '1', T: Date.now() };
}

function hasPrice(message: HubMessage, symbol: string, price: number): boolean {
  return (
    message.type === 'price_update' && new Map(Object.entries(message.data)).get(symbol)?.price === price
  );
}

async function leads(feed: FeedProcess): Promise<boolean> {
  return (await readMetrics(feed)).value('tickwire_feed_leading') === 1;
}

test('what an adapter that was killed had read, and nobody published, is told by its successor as a reset', async (t) => {
  const venue = await FakeVenueServer.start();
  t.after(() => venue.close());
  venue.answer = (message, reply) => isFields(message) && reply({ result: null, id: message.id });
  const scene = await Scene.open(t, await startRedis());
  const hub = await scene.startHub();
  const settings = {
    ...{ VENUES: 'binance', BINANCE_URL: venue.url, BINANCE_CHANNELS: 'trade' },
    BINANCE_SYMBOLS: 'BTC-USDT@BTCUSDT,ETH-USDT@ETHUSDT',
  };
  const leader = await scene.startFeed(settings);
  await until('it reads the venue', () => venue.received.length === 1);
  const standby = await scene.startFeed(settings);
  await symbolsAt(hub, 'binance');
  for (const theirs of ['BTCUSDT', 'ETHUSDT']) venue.say(trade(theirs, 100));
  await until('both are published', async () => {
    await scene.readTruth(symbols);
    return symbols.every((symbol) => scene.last.has(symbol));
  });

  const client = await connectRaw(hub.url);
  t.after(() => client.cut());
  client.send({ type: 'subscribe', symbols });
  await client.waitFor((message) => message.type === 'price_update' && 'ETH-USDT' in message.data);
  await leader.end('SIGKILL');
  await until('the other leads', () => leads(standby));
  await until('it reads the venue', () => venue.received.length === 2);
  venue.say(trade('BTCUSDT', 105), trade('ETHUSDT', 101), trade('BTCUSDT', 106));
  await client.waitFor((message) => hasPrice(message, 'BTC-USDT', 106));
  await client.waitFor((message) => hasPrice(message, 'ETH-USDT', 101));
  const resets = client.messages.filter((message) => message.type === 'reset');
  assert.deepEqual(
    resets.map(({ symbol, reason }) => [symbol, reason]),
    [['BTC-USDT', 'history_unavailable']],
  );
  assert.equal((await readMetrics(standby)).value('tickwire_feed_venue_gaps_total'), 4);
});
