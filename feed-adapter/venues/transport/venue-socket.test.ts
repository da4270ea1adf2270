import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import { afterEach, beforeEach, test } from 'node:test';
import { RecordingSink } from '#feed-adapter/venues/recording-sink.ts';
import type { Link } from './conversation.ts';
import { FakeVenueServer, fakeDeps, until } from './fake-venue-server.ts';
import { type SocketLimits, socketLimitsOf } from './socket-limits.ts';
import { VenueSocket } from './venue-socket.ts';

let server: FakeVenueServer;
let sink: RecordingSink;
let deps: ReturnType<typeof fakeDeps>;
let socket: VenueSocket;
let link: Link;
let heard: string[];

/** A socket whose conversation notes what it hears and says `hello`; nothing is live until the test says so. */
function open(over: Partial<SocketLimits> = {}, url = server.url): void {
  const converse = (opened: Link) => {
    link = opened;
    link.send({ hello: true });
    return { message: (text: string) => void heard.push(text) };
  };
  socket = new VenueSocket({ url, converse }, sink, deps, socketLimitsOf({ backoffBaseMs: 1000 }, over));
  socket.start();
}

async function openLive(over: Partial<SocketLimits> = {}): Promise<void> {
  open(over);
  await until('hello', () => server.received.length === server.connections && server.connections > 0);
  link.live();
}

/** A back-off of the fake random number: the whole bound, all but a thousandth. */
const backoffOf = (attempt: number) => 1000 * 2 ** attempt;

beforeEach(async () => {
  server = await FakeVenueServer.start();
  sink = new RecordingSink();
  deps = fakeDeps();
  heard = [];
});

afterEach(async () => {
  await Promise.all([socket.stop(), server.close()]);
  assert.equal(deps.clock.pending, 0, 'no timer is left behind');
});

test('it is live when the venue has acknowledged, not before', async () => {
  open();
  await until('hello', () => server.received.length === 1);
  assert.deepEqual(sink.states, ['connecting']);
  link.live();
  link.live();
  assert.deepEqual(sink.states, ['connecting', 'live']);
});

test('a venue that hangs up is connected again after the back-off, and greeted again', async () => {
  await openLive();
  server.socket.close(1001);
  await until('lost', () => sink.states.length === 3);
  assert.equal(sink.states[2], 'connecting: closed by the venue, code 1001');
  await deps.clock.advance(backoffOf(0));
  await until('hello again', () => server.received.length === 2);
  link.live();
  assert.equal(sink.states[3], 'live');
});

test('a venue that accepts and drops is tried ever more slowly, until a stable spell', async (t) => {
  const { mock } = t.mock.method(deps.clock, 'after');
  /** Loses the connection and gets it back; how long the wait between was. */
  const loseAndWait = async () => {
    const states = sink.states.length;
    const timers = mock.callCount();
    const hellos = server.received.length;
    server.socket.terminate();
    await until('lost', () => sink.states.length > states);
    const waitMs = Math.max(...mock.calls.slice(timers).map((call) => call.arguments[0]));
    await deps.clock.advance(waitMs);
    await until('hello again', () => server.received.length === hellos + 1);
    link.live();
    return Math.round(waitMs / 1000);
  };
  await openLive({ stableMs: 5000, pingAfterMs: 0, closeTimeoutMs: 1 });
  assert.deepEqual([await loseAndWait(), await loseAndWait(), await loseAndWait()], [1, 2, 4]);
  await deps.clock.advance(4999);
  assert.equal(await loseAndWait(), 8);
  await deps.clock.advance(5000);
  assert.equal(await loseAndWait(), 1);
});

test('a venue that does not accept within the time-out is tried again', async () => {
  const mute = createServer();
  await new Promise<void>((resolve) => mute.listen(0, '127.0.0.1', resolve));
  const address = mute.address();
  assert.ok(address !== null && typeof address === 'object');
  open({ connectTimeoutMs: 3000 }, `ws://127.0.0.1:${address.port}`);
  await deps.clock.advance(3000);
  assert.deepEqual(sink.states, ['connecting', 'connecting: no connection within 3000 ms']);
  await socket.stop();
  mute.close();
});

test('a venue that is not there is tried again', async () => {
  open({}, 'ws://127.0.0.1:1');
  await until('refused', () => sink.states.length === 2);
  assert.match(sink.states[1] ?? '', /^connecting: connection failed: .*ECONNREFUSED/);
  await deps.clock.advance(backoffOf(0));
  await until('refused again', () => sink.states.length === 3);
});

test('an acknowledgement that does not come within the time-out ends the connection', async () => {
  open({ readyTimeoutMs: 4000 });
  await until('hello', () => server.received.length === 1);
  await deps.clock.advance(4000);
  assert.equal(sink.states.at(-1), 'connecting: no acknowledgement within 4000 ms');
  await until('closed', () => server.open === 0);
});

test('a silent connection is stale and is made anew', async () => {
  await openLive({ staleMs: 10_000, pingAfterMs: 0 });
  await deps.clock.advance(9999);
  assert.equal(sink.states.at(-1), 'live');
  const ponged = new Promise((resolve) => server.socket.once('pong', resolve));
  server.socket.ping();
  await ponged;
  await deps.clock.advance(1);
  assert.deepEqual(sink.states.slice(2), [
    'stale: nothing heard for 10000 ms',
    'connecting: nothing heard for 10000 ms',
  ]);
  await deps.clock.advance(backoffOf(0));
  await until('hello again', () => server.received.length === 2);
});

test('every message puts the stale check off', async () => {
  await openLive({ staleMs: 10_000, pingAfterMs: 0 });
  for (let second = 0; second < 3; second++) {
    await deps.clock.advance(9000);
    server.say({ tick: second });
    await until('heard', () => heard.length === second + 1);
  }
  assert.equal(sink.states.at(-1), 'live');
});

test('where pings count, a quiet connection that answers them stays', async () => {
  await openLive({ staleMs: 10_000, pingAfterMs: 4000 });
  let pings = 0;
  server.socket.on('ping', () => pings++);
  for (let round = 1; round <= 3; round++) {
    await deps.clock.advance(4000);
    await until('pinged', () => pings === round);
    server.socket.pong();
    server.say({ round });
    await until('the pong is here, as what was sent after it', () => heard.length === round);
  }
  assert.equal(sink.states.at(-1), 'live');
  await deps.clock.advance(10_000);
  assert.equal(sink.states.at(-2), 'stale: nothing heard for 10000 ms', 'without answers it does not');
});

test('a frame above the limit is counted as malformed and ends the connection', async () => {
  await openLive({ payloadMaxBytes: 1024 });
  server.say({ padding: 'x'.repeat(2000) });
  await until('lost', () => sink.states.length === 3);
  assert.deepEqual(sink.rejections, ['malformed']);
  assert.deepEqual(heard, []);
  assert.match(sink.states[2] ?? '', /^connecting: Max payload size exceeded/);
});

test('text that is no UTF-8 is counted as malformed and ends the connection', async () => {
  await openLive();
  server.socket.send(Buffer.from([0xff, 0xfe]), { binary: false });
  await until('lost', () => sink.states.length === 3);
  assert.deepEqual(sink.rejections, ['malformed']);
});

test('a final refusal is not tried again', async () => {
  await openLive();
  link.fail('wrong key', 'never');
  link.live();
  link.report('too late');
  assert.deepEqual(sink.states, ['connecting', 'live', 'ended: wrong key']);
  await until('closed', () => server.open === 0);
  await deps.clock.advance(3_600_000);
  assert.equal(server.connections, 1);
});

test('a refusal that a quick retry would repeat is tried again slowly', async () => {
  await openLive({ slowRetryMs: 60_000 });
  link.fail('no such product', 'slow');
  await deps.clock.advance(59_999);
  assert.equal(server.connections, 1);
  await deps.clock.advance(1 + backoffOf(0));
  await until('hello again', () => server.received.length === 2);
});

test('a problem is reported beside the state that stays', async () => {
  await openLive();
  link.report('half of it is missing');
  assert.equal(sink.states.at(-1), 'live: half of it is missing');
});

test('nothing is reported after the stop, and the venue sees a normal close', async () => {
  await openLive();
  const closed = new Promise((resolve) => server.socket.once('close', resolve));
  server.say({ late: 1 });
  await Promise.all([socket.stop(), socket.stop()]);
  assert.equal(await closed, 1005);
  assert.deepEqual(heard, []);
  assert.deepEqual(sink.states, ['connecting', 'live']);
});

test('a venue that ignores the close frame is cut off', async () => {
  await openLive({ closeTimeoutMs: 2000 });
  server.socket.pause();
  const stopped = socket.stop();
  await deps.clock.advance(2000);
  let cutOff = false;
  void stopped.then(() => (cutOff = true));
  await until('cut off', () => cutOff);
  server.socket.resume();
});

test('it can be stopped while it waits to reconnect', async () => {
  await openLive();
  server.socket.terminate();
  await until('lost', () => sink.states.length === 3);
  await socket.stop();
  await deps.clock.advance(60_000);
  assert.equal(server.connections, 1);
});
