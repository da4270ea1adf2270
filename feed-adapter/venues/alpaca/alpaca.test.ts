import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { symbolsOf } from '#feed-adapter/fixtures.ts';
import { isFields } from '#feed-adapter/venues/fields.ts';
import { RecordingSink } from '#feed-adapter/venues/recording-sink.ts';
import { FakeVenueServer, fakeDeps, until } from '#feed-adapter/venues/transport/fake-venue-server.ts';
import type { Venue } from '#feed-adapter/venues/venue.ts';
import { createAlpacaVenue } from './alpaca.ts';

const key = 'KEY-THAT-NOBODY-MAY-SEE';
const secret = 'SECRET-THAT-NOBODY-MAY-SEE';
const trade = {
  ...{ T: 't', S: 'AAPL', i: 96_921, x: 'V', p: 170.55, s: 3, c: ['@'], z: 'C' },
  t: '2024-03-05T14:30:00.123456789Z',
};

let server: FakeVenueServer;
let sink: RecordingSink;
let deps: ReturnType<typeof fakeDeps>;
let venue: Venue;

/** Logs in and subscribes as Alpaca does. */
function agree(message: unknown): void {
  if (!isFields(message)) return;
  if (message.action === 'auth') server.say([{ T: 'success', msg: 'authenticated' }]);
  const { trades, quotes } = message;
  if (message.action === 'subscribe') server.say([{ T: 'subscription', trades, quotes, bars: [] }]);
}

beforeEach(async () => {
  server = await FakeVenueServer.start();
  server.greet = () => server.say([{ T: 'success', msg: 'connected' }]);
  server.answer = agree;
  sink = new RecordingSink();
  deps = fakeDeps();
  const symbols = symbolsOf('AAPL', 'TSLA').map((symbol) => ({ symbol }));
  venue = createAlpacaVenue({ symbols, key, secret, url: server.url }, deps);
});

afterEach(async () => {
  await Promise.all([venue.stop(), server.close()]);
  assert.equal(deps.clock.pending, 0, 'no timer is left behind');
  assert.doesNotMatch(sink.states.join(), /NOBODY-MAY-SEE/);
});

const live = () => until('live', () => sink.states.at(-1) === 'live');

function refuseWith(code: unknown): void {
  server.answer = () => server.say([{ T: 'error', code, msg: `refused: ${key} ${secret}` }]);
}

test('it logs in, subscribes, and is live when the subscription is listed', async () => {
  venue.start(sink);
  await live();
  const names = ['AAPL', 'TSLA'];
  assert.deepEqual(server.received, [
    { action: 'auth', key, secret },
    { action: 'subscribe', trades: names, quotes: names },
  ]);
});

test('every message of a frame is read, past those that can not be', async () => {
  venue.start(sink);
  await live();
  server.say([trade, 7, null, [], { T: 'x', S: 'AAPL' }, { ...trade, i: 96_922 }]);
  await until('both ticks', () => sink.ticks.length === 2);
  assert.deepEqual(sink.rejections, ['malformed', 'malformed', 'malformed', 'unmapped_type']);
});

test('a frame that is no list is malformed', async () => {
  venue.start(sink);
  await live();
  server.say(trade, 'text', null, [trade]);
  await until('the tick behind them', () => sink.ticks.length === 1);
  assert.deepEqual(sink.rejections, ['malformed', 'malformed', 'malformed']);
});

test('a wrong key ends the venue with a problem that does not hold it', async () => {
  refuseWith(402);
  venue.start(sink);
  await until('refused', () => sink.states.length === 2);
  assert.equal(sink.states[1], 'ended: alpaca: error 402, authentication failed: check key and secret');
  assert.deepEqual(sink.rejections, ['venue_error']);
  await deps.clock.advance(3_600_000);
  assert.equal(server.connections, 1);
});

test('the connection limit is tried again slowly, by when the other connection may be gone', async () => {
  refuseWith(406);
  venue.start(sink);
  await until('refused', () => sink.states.length === 2);
  assert.match(sink.states[1] ?? '', /^connecting: alpaca: error 406/);
  await deps.clock.advance(59_999);
  assert.equal(server.connections, 1);
  server.answer = agree;
  await deps.clock.advance(501);
  await live();
});

test('the symbol limit says what to do', async () => {
  server.answer = (message) => {
    if (isFields(message) && message.action === 'auth') agree(message);
    else server.say([{ T: 'error', code: 405, msg: 'symbol limit exceeded' }]);
  };
  venue.start(sink);
  await until('refused', () => sink.states.length === 2);
  assert.match(sink.states[1] ?? '', /405, more symbols than the plan allows: configure fewer/);
});

for (const code of [599, '402', null, 404])
  test(`error ${JSON.stringify(code)} is an ordinary reconnect`, async () => {
    refuseWith(code);
    venue.start(sink);
    await until('refused', () => sink.states.length === 2);
    server.answer = agree;
    await deps.clock.advance(500);
    await live();
  });

test('after a reconnect it logs in and subscribes again', async () => {
  venue.start(sink);
  await live();
  server.socket.terminate();
  await until('lost', () => sink.states.length === 3);
  await deps.clock.advance(500);
  await live();
  assert.equal(server.received.length, 4);
});

test('outside trading hours a silent venue that answers pings stays live', async () => {
  venue.start(sink);
  await live();
  let pings = 0;
  server.socket.on('ping', () => {
    pings++;
    server.socket.pong();
    server.say([{ T: 'none' }]);
  });
  for (let round = 1; round <= 4; round++) {
    await deps.clock.advance(10_000);
    await until('pinged and answered', () => pings === round && sink.rejections.length === round);
  }
  assert.equal(sink.states.at(-1), 'live');
});

test('nothing is reported after the stop, not even the rest of the frame that led to it', async () => {
  const stopping: Promise<void>[] = [];
  venue.start({
    tick: (tick) => {
      sink.tick(tick);
      stopping.push(venue.stop());
    },
    rejected: (reason) => sink.rejected(reason),
    gap: (symbol, missed) => sink.gap(symbol, missed),
    state: (state, problem) => sink.state(state, problem),
  });
  await live();
  server.say([trade, { ...trade, i: 2 }, { T: 'error', code: 500 }, 'garbage']);
  await until('stopped', () => stopping.length > 0);
  await Promise.all(stopping);
  assert.equal(sink.ticks.length, 1);
  assert.deepEqual(sink.rejections, []);
  assert.deepEqual(sink.states, ['connecting', 'live']);
});

test('a missing key is refused at once', () => {
  const symbols = symbolsOf('AAPL').map((symbol) => ({ symbol }));
  assert.throws(() => createAlpacaVenue({ symbols, key: '', secret }, deps), RangeError);
});
