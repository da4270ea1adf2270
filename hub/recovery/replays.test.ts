import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  arrive,
  createSmallHub,
  type FakeSocket,
  feedDepsOf,
  noBarrier,
  type SmallHub,
  story,
  symbolOf,
  testFeedLimits,
  tickOf,
} from '#hub/fixtures.ts';
import { SymbolFeed } from '#hub/symbols/symbol-feed.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import { encodeTick } from '#protocol/tick-payload.ts';
import { Replays } from './replays.ts';
import { createTimeShare, type TimeShare } from './time-share.ts';

const visitUpdates = 10;
const bufferBytes = 500;
const turnMs = 2;

/** 2 ms a turn by the clock `elapsedMs`. */
function times(elapsedMs: () => number): { readonly time: TimeShare; readonly startTime: TimeShare } {
  const limits = { atLeastMs: turnMs, share: 0, atMostMs: turnMs };
  return { time: createTimeShare(elapsedMs, limits), startTime: createTimeShare(elapsedMs, limits) };
}

/** A client that holds everything up to 9 of 100 updates, all of which are in memory because it asked. */
async function resumeFarBack(): Promise<{ hub: SmallHub; replays: Replays; socket: FakeSocket }> {
  const hub = createSmallHub();
  hub.history.add(7, 0, 99);
  await hub.feed.open();
  await hub.feed.reach({ epoch: 7, seq: 9 });
  const limits = {
    replayBufferBytes: bufferBytes,
    replayVisitUpdatesMax: visitUpdates,
  };
  const replays = new Replays(
    { groups: hub.groups, windows: hub.windows, barrier: noBarrier, ...times(() => hub.now) },
    limits,
  );
  const { session, socket } = hub.connect();
  replays.attach(session, hub.feed, 0, { epoch: 7, seq: 9, exact: true });
  return { hub, replays, socket };
}

/** A live feed with the ticks 0 to `last` in memory. */
function feedWith(hub: SmallHub, symbol: StockSymbol, last: number): SymbolFeed {
  const feed = new SymbolFeed(
    symbol,
    feedDepsOf(hub.history, hub.counts, () => hub.now),
    testFeedLimits,
  );
  feed.window.restart(7, 0, 'history_trimmed');
  for (let seq = 0; seq <= last; seq++) {
    const payload = encodeTick(tickOf(seq, { symbol }));
    feed.window.append(payload, 0);
  }
  return feed;
}

/** A turn, and then the sweep that lets go of what nobody needs, half of the hold's time later. */
function turnAndSweep(hub: SmallHub, replays: Replays): void {
  replays.turn();
  hub.now += testFeedLimits.replayHoldMs / 2;
  hub.feed.trim(hub.now);
  replays.keepTicks();
}

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, i) => [from + i, from + i]);

describe('replays', () => {
  test('ticks stay in memory until a client that reads has got them, however long its turn takes', async () => {
    const { hub, replays, socket } = await resumeFarBack();
    for (let turn = 0; turn < 9; turn++) turnAndSweep(hub, replays);
    assert.deepEqual(story(socket.sent), range(10, 99));
    assert.ok(hub.now > 4 * testFeedLimits.replayHoldMs);
  });

  test('count as expected, as does each update that follows, once for each subscription of every update', async () => {
    const { hub, replays } = await resumeFarBack();
    const live = hub.connect().session;
    const conflated = hub.connect().session;
    replays.attach(live, hub.feed, 0, { epoch: 7, seq: 99, exact: true });
    replays.attach(conflated, hub.feed, 5000, { epoch: 7, seq: 50, exact: true });
    assert.equal(hub.counts.expected, 90);
    arrive(hub.feed, tickOf(100), 7, 100);
    assert.equal(hub.counts.expected, 92);
    for (let turn = 0; turn < 20; turn++) {
      hub.turn();
      replays.turn();
    }
    assert.equal(hub.counts.delivered.json[0], 92);
    replays.detach(live, hub.feed);
    replays.move(conflated, hub.feed, 10_000);
    arrive(hub.feed, tickOf(101), 7, 101);
    assert.equal(hub.counts.expected, 93);
  });

  test('symbols that one client missed share their frames', () => {
    const hub = createSmallHub();
    const feeds = ['A', 'B', 'C'].map((name) => feedWith(hub, symbolOf(name), 3));
    const limits = {
      replayBufferBytes: bufferBytes,
      replayVisitUpdatesMax: 100,
    };
    const replays = new Replays(
      { groups: hub.groups, windows: hub.windows, barrier: noBarrier, ...times(() => hub.now) },
      limits,
    );
    const { session, socket } = hub.connect();
    for (const [seq, feed] of feeds.entries())
      replays.attach(session, feed, 0, { epoch: 7, seq, exact: true });
    replays.turn();
    const symbolsByFrame = socket.sent.map((message) =>
      message.type === 'price_update' ? Object.keys(message.data).join(' ') : message.type,
    );
    assert.deepEqual(symbolsByFrame, ['A B C', 'A B', 'A']);
    assert.deepEqual(story(socket.sent, 'A'), range(1, 3));
    assert.deepEqual(story(socket.sent, 'C'), range(3, 3));
  });

  test('a turn ends when its time is over, and the next one begins with those who were not served', async () => {
    const hub = createSmallHub();
    hub.history.add(7, 0, 3);
    await hub.feed.open();
    const limits = {
      replayBufferBytes: bufferBytes,
      replayVisitUpdatesMax: 1,
    };
    const replays = new Replays(
      { groups: hub.groups, windows: hub.windows, barrier: noBarrier, ...times(() => hub.now++) },
      limits,
    );
    const clients = [1, 2, 3].map(() => hub.connect());
    for (const { session } of clients)
      replays.attach(session, hub.feed, 0, { epoch: 7, seq: 0, exact: true });
    const sent = () => clients.map(({ socket }) => socket.sent.length);
    replays.turn(); // a visit takes 1 ms by this clock
    assert.deepEqual(sent(), [1, 1, 0]);
    replays.turn();
    assert.deepEqual(sent(), [2, 1, 1]);
  });

  test('a client gets a visit in the write of its answer, and is live at once when that was enough', () => {
    const hub = createSmallHub();
    const feed = feedWith(hub, symbolOf('A'), visitUpdates + 1);
    const limits = { replayBufferBytes: bufferBytes, replayVisitUpdatesMax: visitUpdates };
    const replays = new Replays(
      { groups: hub.groups, windows: hub.windows, barrier: noBarrier, ...times(() => hub.now) },
      limits,
    );
    const start = (seq: number) => {
      const { session, socket } = hub.connect();
      replays.attach(session, feed, 0, { epoch: 7, seq, exact: true });
      replays.start(session);
      return { session, seen: () => story(socket.sent, 'A') };
    };
    const near = start(2);
    const far = start(0);
    assert.deepEqual(near.seen(), range(3, visitUpdates + 1));
    assert.equal(near.session.catchUps, undefined);
    assert.deepEqual(far.seen(), range(1, visitUpdates));
    replays.turn();
    assert.deepEqual(far.seen(), range(1, visitUpdates + 1));
  });

  test('first visits have a time of their own in each turn; who comes later waits for the next turn', () => {
    const hub = createSmallHub();
    const feed = feedWith(hub, symbolOf('A'), 1);
    const limits = { replayBufferBytes: bufferBytes, replayVisitUpdatesMax: visitUpdates };
    const replays = new Replays(
      { groups: hub.groups, windows: hub.windows, barrier: noBarrier, ...times(() => hub.now++) },
      limits,
    );
    const clients = [1, 2, 3].map(() => hub.connect());
    for (const { session } of clients) {
      replays.attach(session, feed, 0, { epoch: 7, seq: 0, exact: true });
      replays.start(session); // a visit takes 1 ms by this clock
    }
    const sent = () => clients.map(({ socket }) => socket.sent.length);
    assert.deepEqual(sent(), [1, 1, 0]);
    replays.turn();
    assert.deepEqual(sent(), [1, 1, 1]);
  });

  test('they do not stay for a client that does not read: it is told what it lost', async () => {
    const { hub, replays, socket } = await resumeFarBack();
    turnAndSweep(hub, replays);
    socket.buffered = bufferBytes;
    for (let turn = 0; turn < 3; turn++) turnAndSweep(hub, replays);
    assert.ok(hub.feed.window.first > 20);
    socket.buffered = 0;
    replays.turn();
    assert.deepEqual(story(socket.sent), [...range(10, 19), 'slow_consumer', [99, 99]]);
  });
});
