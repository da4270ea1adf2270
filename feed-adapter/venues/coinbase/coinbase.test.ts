import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { symbolsOf } from '#feed-adapter/fixtures.ts';
import { RecordingSink } from '#feed-adapter/venues/recording-sink.ts';
import { FakeVenueServer, fakeDeps, until } from '#feed-adapter/venues/transport/fake-venue-server.ts';
import type { Venue } from '#feed-adapter/venues/venue.ts';
import { createCoinbaseVenue } from './coinbase.ts';

const products = ['BTC-USD', 'ETH-USD'];
const acknowledgement = {
  type: 'subscriptions',
  channels: ['ticker', 'matches', 'heartbeat'].map((name) => ({
    name,
    product_ids: [...products].reverse(),
  })),
};
const match = (trade_id: number) => ({
  ...{ type: 'match', trade_id, sequence: trade_id * 9, product_id: 'BTC-USD', side: 'buy' },
  ...{ size: '0.1', price: '65000.5', time: '2024-03-05T14:00:00.123456Z' },
});

let server: FakeVenueServer;
let sink: RecordingSink;
let deps: ReturnType<typeof fakeDeps>;
let venue: Venue;

beforeEach(async () => {
  server = await FakeVenueServer.start();
  server.answer = () => server.say(acknowledgement);
  sink = new RecordingSink();
  deps = fakeDeps();
  venue = createCoinbaseVenue(
    { symbols: symbolsOf(...products).map((symbol) => ({ symbol })), url: server.url },
    deps,
  );
});

afterEach(async () => {
  await Promise.all([venue.stop(), server.close()]);
  assert.equal(deps.clock.pending, 0, 'no timer is left behind');
});

const live = () => until('live', () => sink.states.at(-1) === 'live');

test('it subscribes to all products and is live when all are acknowledged', async () => {
  assert.deepEqual(venue.symbols, products);
  venue.start(sink);
  await live();
  const channels = ['ticker', 'matches', 'heartbeat'];
  assert.deepEqual(server.received, [{ type: 'subscribe', product_ids: products, channels }]);
});

test('an acknowledgement of less is none', async () => {
  server.answer = () => {
    server.say({ type: 'subscriptions', channels: acknowledgement.channels.slice(1) }, match(1));
  };
  venue.start(sink);
  await until('the tick behind it', () => sink.ticks.length === 1);
  assert.deepEqual(sink.states, ['connecting']);
  await deps.clock.advance(10_000);
  assert.equal(sink.states.at(-1), 'connecting: no acknowledgement within 10000 ms');
});

test('after a reconnect it subscribes again, and what it missed meanwhile is a gap', async () => {
  venue.start(sink);
  await live();
  server.say(match(10));
  await until('a tick', () => sink.ticks.length === 1);
  server.socket.terminate();
  await until('lost', () => sink.states.length === 3);
  await deps.clock.advance(1000);
  await live();
  assert.equal(server.received.length, 2);
  server.say({ ...match(15), type: 'last_match' });
  await until('a second tick', () => sink.ticks.length === 2);
  assert.equal(sink.missed, 4);
});

test('heartbeats keep a quiet product alive, and without them it is stale in 10 seconds', async () => {
  venue.start(sink);
  await live();
  const heartbeat = { type: 'heartbeat', sequence: 1, last_trade_id: 1, product_id: 'BTC-USD' };
  for (let trades = 1; trades <= 3; trades++) {
    await deps.clock.advance(8000);
    server.say(heartbeat, match(trades));
    await until('heard', () => sink.ticks.length === trades);
  }
  await deps.clock.advance(10_000);
  assert.equal(sink.states.at(-2), 'stale: nothing heard for 10000 ms');
});

test("a refused product is reported in the venue's words and tried again slowly", async () => {
  const error = { type: 'error', message: 'Failed to subscribe', reason: 'FOO-BAR is not a valid product' };
  server.answer = () => server.say(error);
  venue.start(sink);
  await until('refused', () => sink.states.length === 2);
  assert.equal(sink.states[1], 'connecting: coinbase: Failed to subscribe (FOO-BAR is not a valid product)');
  assert.deepEqual(sink.rejections, ['venue_error']);
  await deps.clock.advance(59_000);
  assert.equal(server.connections, 1);
});

test('garbage is counted and the next message is read', async () => {
  venue.start(sink);
  await live();
  for (const garbage of ['', '{', 'null', '[]', '"text"', '[{"type":"match"}]']) server.socket.send(garbage);
  server.socket.send(Buffer.from([0xff, 0x00, 0x7b]));
  server.say({ no: 'type' }, { type: 'auction' }, match(1));
  await until('the tick behind them', () => sink.ticks.length === 1);
  const expected = [...new Array(7).fill('malformed'), 'missing_field', 'unmapped_type'];
  assert.deepEqual(sink.rejections, expected);
});

test('a URL that is no WebSocket, no symbol, or one twice is refused at once', () => {
  const [symbol] = venue.symbols;
  assert.ok(symbol !== undefined);
  assert.throws(() => createCoinbaseVenue({ symbols: [{ symbol }], url: 'https://x.y' }, deps), RangeError);
  assert.throws(() => createCoinbaseVenue({ symbols: [] }, deps), RangeError);
  assert.throws(() => createCoinbaseVenue({ symbols: [{ symbol }, { symbol }] }, deps), RangeError);
  const limits = { staleMs: Number.NaN };
  assert.throws(() => createCoinbaseVenue({ symbols: [{ symbol }], limits }, deps), /staleMs is NaN/);
});
