import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  arrive,
  createSmallHub,
  type FakeSocket,
  noBarrier,
  type SmallHub,
  story,
  tickOf,
} from '#hub/fixtures.ts';
import type { Session } from '#hub/session/session.ts';
import { closeCodes } from '#protocol/close-codes.ts';
import { Replays } from './replays.ts';
import { SlowConsumers } from './slow-consumers.ts';
import { createTimeShare } from './time-share.ts';

const limits = {
  relievedBytes: 100,
  roundBytes: 1000,
  conflatedIntervalMs: 1000,
  conflatedPatienceMs: 5000,
  snapshotIntervalMs: 2000,
  snapshotPatienceMs: 10_000,
  calmMs: 3000,
};

/** A round of one slow socket: two of them are more than a turn may take. */
const roundMs = 6;

interface Scene {
  readonly hub: SmallHub;
  readonly replays: Replays;
  readonly slowConsumers: SlowConsumers;
  readonly session: Session;
  readonly socket: FakeSocket;
  /** Publishes the next tick, in a turn of its own. */
  publish(): void;
  /** One turn without a tick, then one of the slow consumers at `now`. */
  serve(now: number): void;
}

/** One socket on the group of every update, holding seq 0; then uWebSockets begins to drop. */
async function createScene(classMs: 0 | 100 = 0): Promise<Scene> {
  const hub = createSmallHub({ feedEntriesMax: 1000 });
  hub.history.add(7, 0, 0);
  await hub.feed.open();
  const time = createTimeShare(() => hub.now, { atLeastMs: 10, share: 0, atMostMs: 10 });
  const replays = new Replays(
    {
      ...{ groups: hub.groups, windows: hub.windows, barrier: noBarrier, time, startTime: time },
    },
    {
      replayBufferBytes: 500,
      replayVisitUpdatesMax: 10,
    },
  );
  const slowConsumers = new SlowConsumers({ replays, counts: hub.counts, barrier: noBarrier, time }, limits);
  const { session, socket } = hub.connect();
  replays.attach(session, hub.feed, classMs, { epoch: 7, seq: 0, exact: true });
  let seq = 0;
  const turn = (): void => {
    slowConsumers.settle(hub.now);
    hub.turn();
    replays.turn();
  };
  return {
    hub,
    replays,
    slowConsumers,
    session,
    socket,
    publish() {
      seq++;
      arrive(hub.feed, tickOf(seq), 7, seq);
      turn();
    },
    serve(now) {
      hub.now = now;
      turn();
      slowConsumers.turn(now);
    },
  };
}

describe('slow consumers', () => {
  test('an overflowed socket leaves its groups and gets, once relieved, one update that covers what it missed', async () => {
    const { hub, slowConsumers, session, socket, publish, serve } = await createScene();
    publish(); // 1 arrives
    publish(); // 2 is dropped
    socket.sent.pop();
    socket.buffered = 5000;
    slowConsumers.overflowed(session);
    publish();
    publish();
    serve(250);
    assert.deepEqual(story(socket.sent), [[1, 1]]);
    assert.equal(hub.feed.followers.length, 0);
    socket.buffered = 0;
    serve(500);
    assert.deepEqual(story(socket.sent), [
      [1, 1],
      [2, 4],
    ]);
    assert.equal(hub.counts.slow.conflated, 1);
  });

  test('an update that may repeat what the socket has says so', async () => {
    const { slowConsumers, session, socket, publish, serve } = await createScene();
    publish();
    slowConsumers.overflowed(session); // in the turn of 1: it may or may not have arrived
    serve(250);
    const last = socket.sent.at(-1);
    assert.deepEqual(story(socket.sent), [
      [1, 1],
      [1, 1],
    ]);
    assert.equal(last?.type === 'price_update' && last.data.AAPL?.snapshot, true);
  });

  test('while conflated it gets the newest once in an interval', async () => {
    const { slowConsumers, session, socket, publish, serve } = await createScene();
    slowConsumers.overflowed(session);
    serve(0);
    for (let now = 250; now <= 2500; now += 250) {
      publish();
      serve(now);
    }
    assert.deepEqual(story(socket.sent), [
      [1, 4],
      [5, 8],
    ]);
  });

  test('calm for long enough, it climbs back to every update without a gap', async () => {
    const { hub, slowConsumers, session, socket, publish, serve } = await createScene();
    slowConsumers.overflowed(session);
    for (let now = 0; now <= 3250; now += 250) {
      publish();
      serve(now);
    }
    assert.equal(session.state, 'live');
    publish();
    publish();
    const ranges = story(socket.sent).filter((entry) => typeof entry !== 'string');
    let held = 0;
    for (const [from, seq] of ranges) {
      assert.ok(from <= held + 1, `gap before ${from}`);
      held = Math.max(held, seq);
    }
    assert.equal(held, hub.feed.window.last);
    assert.deepEqual(hub.counts.slow, { conflated: 0, snapshot_only: 0 });
    assert.equal(hub.feed.followers.length, 1);
  });

  test('unrelieved for too long it gets snapshots only, each after a reset', async () => {
    const { slowConsumers, session, socket, publish, serve } = await createScene();
    socket.buffered = 5000;
    slowConsumers.overflowed(session);
    publish();
    serve(0);
    serve(5000);
    assert.equal(session.state, 'snapshot_only');
    socket.buffered = 50; // not drained: nothing yet
    serve(5250);
    const before = socket.sent.length;
    socket.buffered = 0;
    serve(5500);
    assert.deepEqual(story(socket.sent.slice(before)), ['slow_consumer', [1, 1]]);
    publish();
    serve(6000);
    assert.equal(socket.sent.length, before + 2);
    serve(7500);
    assert.deepEqual(story(socket.sent.slice(before + 2)), ['slow_consumer', [2, 2]]);
  });

  test('from snapshots only it climbs state by state', async () => {
    const { slowConsumers, session, socket, publish, serve } = await createScene();
    socket.buffered = 5000;
    slowConsumers.overflowed(session);
    publish();
    serve(0);
    serve(5000);
    socket.buffered = 0;
    const states = new Set<string>();
    for (let now = 5250; now <= 13_000; now += 250) {
      serve(now);
      states.add(session.state);
    }
    assert.deepEqual([...states], ['snapshot_only', 'conflated', 'catching_up', 'live']);
  });

  test('never drained, it is closed with the code that says reconnect', async () => {
    const { hub, slowConsumers, session, socket, serve } = await createScene();
    socket.buffered = 5000;
    slowConsumers.overflowed(session);
    for (let now = 0; now <= 16_000; now += 250) serve(now);
    assert.equal(socket.closedWith, closeCodes.slow_consumer);
    assert.ok(hub.counts.slowDisconnects >= 1);
  });

  test('a socket that lost an answer is closed', async () => {
    const { slowConsumers, session, socket, serve } = await createScene();
    socket.bufferMax = 0;
    socket.buffered = 1;
    session.answer({ type: 'pong' });
    slowConsumers.overflowed(session);
    serve(0);
    assert.equal(socket.closedWith, closeCodes.slow_consumer);
  });

  test('a turn serves as many as it has time for, and the others come first at the next one', async () => {
    const { hub, replays, slowConsumers, publish, serve } = await createScene();
    const slow = Array.from({ length: 5 }, () => hub.connect());
    for (const { session, socket } of slow) {
      replays.attach(session, hub.feed, 0, { epoch: 7, seq: 0, exact: true });
      socket.cork = (work) => {
        work();
        hub.now += roundMs;
      };
      slowConsumers.overflowed(session);
    }
    publish();
    const servedBy = (now: number): number[] => {
      const before = slow.map(({ socket }) => socket.sent.length);
      serve(now);
      return slow.flatMap(({ socket }, index) => (socket.sent.length > (before[index] ?? 0) ? [index] : []));
    };
    assert.deepEqual(
      [servedBy(250), servedBy(500), servedBy(750), servedBy(1000)],
      [[0, 1], [2, 3], [4], []],
    );
    publish();
    assert.deepEqual([servedBy(1250), servedBy(1500), servedBy(1750)], [[0, 1], [2, 3], [4]]);
  });

  test('a symbol that began a new epoch meanwhile is reset', async () => {
    const { hub, slowConsumers, session, socket, serve } = await createScene();
    slowConsumers.overflowed(session);
    socket.buffered = 5000;
    serve(0);
    arrive(hub.feed, tickOf(0), 8, 0);
    socket.buffered = 0;
    serve(250);
    assert.deepEqual(story(socket.sent), ['epoch_changed', [0, 0]]);
  });
});

describe('replays', () => {
  test('missed updates come in order, a page a turn, and then live goes on without a repeat', async () => {
    const { hub, replays, publish } = await createScene();
    for (let count = 0; count < 25; count++) publish();
    const { session, socket } = hub.connect();
    replays.attach(session, hub.feed, 0, { epoch: 7, seq: 3, exact: true });
    replays.turn();
    assert.equal(socket.sent.length, 10);
    for (let count = 0; count < 5; count++) publish();
    publish();
    assert.deepEqual(
      story(socket.sent),
      Array.from({ length: 28 }, (_, index) => [index + 4, index + 4]),
    );
  });

  test('a client that reads slowly is not sent more than its buffer may hold', async () => {
    const { hub, replays, publish } = await createScene();
    for (let count = 0; count < 5; count++) publish();
    const { session, socket } = hub.connect();
    socket.buffered = 600;
    replays.attach(session, hub.feed, 0, { epoch: 7, seq: 0, exact: true });
    replays.turn();
    assert.equal(socket.sent.length, 0);
    socket.buffered = 0;
    replays.turn();
    assert.equal(socket.sent.length, 5);
  });

  test('a conflated subscription resumes with one update that stands for all it missed', async () => {
    const { hub, replays, publish } = await createScene();
    for (let count = 0; count < 5; count++) publish();
    const { session, socket } = hub.connect();
    replays.attach(session, hub.feed, 100, { epoch: 7, seq: 1, exact: true });
    replays.turn();
    assert.deepEqual(story(socket.sent), [[2, 5]]);
  });

  test('who detaches in the middle of a replay gets nothing more', async () => {
    const { hub, replays, publish } = await createScene();
    for (let count = 0; count < 25; count++) publish();
    const { session, socket } = hub.connect();
    replays.attach(session, hub.feed, 0, { epoch: 7, seq: 0, exact: true });
    replays.turn();
    replays.detach(session, hub.feed);
    publish();
    assert.deepEqual([socket.sent.length, session.catchUps], [10, undefined]);
  });
});
