import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { symbolOf } from '#feed-adapter/fixtures.ts';
import { isFields } from '#feed-adapter/venues/fields.ts';
import { RecordingSink } from '#feed-adapter/venues/recording-sink.ts';
import { FakeVenueServer, fakeDeps, until } from '#feed-adapter/venues/transport/fake-venue-server.ts';
import type { Venue } from '#feed-adapter/venues/venue.ts';
import type { VenueSymbol } from '#feed-adapter/venues/venue-symbols.ts';
import { type BinanceOptions, createBinanceVenue } from './binance.ts';

const aggTrade = (a: number) => ({
  ...{ e: 'aggTrade', E: 1_709_647_200_125, s: 'BTCUSDT', a, p: '65000.1', q: '0.002' },
  ...{ f: 100, l: 105, T: 1_709_647_200_123, m: true, M: true },
});
const quote = { u: 400_900_217, s: 'BTCUSDT', b: '64999.9', B: '1', a: '65000.2', A: '2' };
const btc: readonly VenueSymbol[] = [{ symbol: symbolOf('BTC-USDT'), venueSymbol: 'BTCUSDT' }];

let server: FakeVenueServer;
let sink: RecordingSink;
let deps: ReturnType<typeof fakeDeps>;
let venue: Venue | undefined;

/** Acknowledges as Binance does; the quote behind it shows that the answer has been read. */
function acknowledge(message: unknown, reply: (...messages: readonly unknown[]) => void): void {
  if (isFields(message)) reply({ result: null, id: message.id }, quote);
}

function start(over: Partial<BinanceOptions> = {}): Venue {
  venue = createBinanceVenue({ symbols: btc, url: server.url, ...over }, deps);
  venue.start(sink);
  return venue;
}

beforeEach(async () => {
  server = await FakeVenueServer.start();
  server.answer = acknowledge;
  sink = new RecordingSink();
  deps = fakeDeps();
});

afterEach(async () => {
  await Promise.all([venue?.stop(), server.close()]);
  assert.equal(deps.clock.pending, 0, 'no timer is left behind');
});

const live = () => until('live', () => sink.states.at(-1) === 'live');

/** The streams named in each message received. */
const streams = () =>
  server.received.map((message) =>
    isFields(message) && Array.isArray(message.params) ? message.params : [],
  );

test('it subscribes to lower-case streams and is live when they are acknowledged', async () => {
  assert.deepEqual(start().symbols, ['BTC-USDT']);
  await live();
  const params = ['btcusdt@aggTrade', 'btcusdt@bookTicker'];
  assert.deepEqual(server.received, [{ method: 'SUBSCRIBE', params, id: 1 }]);
});

test('combined and raw messages are the same', async () => {
  start();
  await live();
  server.say({ stream: 'btcusdt@bookTicker', data: quote }, quote);
  server.say({ stream: 'btcusdt@aggTrade', data: aggTrade(7) }, aggTrade(8));
  await until('ticks', () => sink.ticks.length === 5);
  const [, combined, raw] = sink.ticks;
  assert.deepEqual(combined, raw);
  assert.deepEqual(
    sink.ticks.map((tick) => tick.tradeId),
    [undefined, undefined, undefined, '7', '8'],
  );
  assert.deepEqual(sink.rejections, []);
});

/** `count` symbols and BTC-USDT. */
const coins = (count: number): readonly VenueSymbol[] => [
  ...Array.from({ length: count }, (_, index) => ({ symbol: symbolOf(`COIN${index}`) })),
  ...btc,
];

test('many streams are subscribed in several messages, well below 5 a second', async () => {
  start({ symbols: coins(450), channels: ['trade'] });
  await until('the first answer', () => sink.ticks.length === 1);
  server.say({ result: null, id: 77 });
  await deps.clock.advance(299);
  assert.equal(server.received.length, 1, 'the second waits');
  await deps.clock.advance(1);
  await until('the second answer', () => sink.ticks.length === 2);
  assert.deepEqual(sink.states, ['connecting']);
  await deps.clock.advance(300);
  await live();
  assert.deepEqual(
    streams().map((part) => part.length),
    [200, 200, 51],
  );
  assert.equal(new Set(streams().flat()).size, 451);
});

test('more streams than one connection may have are spread over two, live when both are', async () => {
  start({ symbols: coins(1100), channels: ['bookTicker'] });
  await until('both subscribe', () => server.received.length === 2 && sink.ticks.length === 2);
  assert.equal(server.connections, 2);
  assert.ok(!sink.states.includes('live'), 'one of them is not complete');
  for (let messages = 3; messages <= 7; messages++) {
    await deps.clock.advance(300);
    await until('another answer', () => sink.ticks.length === messages);
  }
  await live();
  assert.deepEqual(sink.states, ['connecting', 'connecting', 'live']);
  const lengths = streams().map((part) => part.length);
  assert.deepEqual(lengths.sort(), [200, 200, 200, 200, 200, 24, 77]);
  assert.equal(new Set(streams().flat()).size, 1101);
});

test('an error is reported and ends the connection', async () => {
  server.answer = () =>
    server.say({ error: { code: 2, msg: 'Invalid request: too many parameters' }, id: 1 });
  start();
  await until('refused', () => sink.states.length === 2);
  assert.equal(sink.states[1], 'connecting: binance: Invalid request: too many parameters');
  assert.deepEqual(sink.rejections, ['venue_error']);
});

test('the daily disconnect and an announced shutdown are ordinary reconnects without a gap', async () => {
  start();
  await live();
  server.say(aggTrade(7));
  await until('a tick', () => sink.ticks.at(-1)?.tradeId === '7');
  server.say({ e: 'serverShutdown', E: 1_709_647_200_123 });
  await until('lost', () => sink.states.length === 3);
  assert.equal(sink.states[2], 'connecting: binance: the server is going down');
  await deps.clock.advance(500);
  await live();
  server.say(aggTrade(8));
  await until('a second tick', () => sink.ticks.at(-1)?.tradeId === '8');
  server.socket.close(1008);
  await until('lost again', () => sink.states.length === 5);
  assert.equal(sink.missed, 0);
});

test("the venue's ping frames keep a quiet connection alive and are answered", async () => {
  start();
  await live();
  let pongs = 0;
  server.socket.on('pong', () => pongs++);
  for (let minute = 1; minute <= 3; minute++) {
    await deps.clock.advance(50_000);
    server.socket.ping();
    await until('answered', () => pongs === minute);
  }
  assert.equal(sink.states.at(-1), 'live');
});

test('trade and aggTrade together are refused, because each trade would come twice', () => {
  const channels = ['trade', 'aggTrade'] as const;
  assert.throws(
    () => createBinanceVenue({ symbols: btc, channels }, deps),
    /trade and aggTrade bring the same trades/,
  );
  assert.throws(() => createBinanceVenue({ symbols: btc, channels: [] }, deps), RangeError);
});

test('garbage is counted and the next message is read', async () => {
  start();
  await live();
  for (const garbage of ['', '{', 'null', '[]', '7']) server.socket.send(garbage);
  server.say({ stream: 'x', data: [] }, { stream: 'x' }, { e: 'kline' }, { id: 9, result: [] }, aggTrade(1));
  await until('the tick behind them', () => sink.ticks.at(-1)?.tradeId === '1');
  assert.deepEqual(sink.rejections, [
    ...new Array(5).fill('malformed'),
    'missing_field',
    'missing_field',
    'unmapped_type',
  ]);
});
