import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { arrive, createSmallHub, tickOf } from '#hub/fixtures.ts';
import { frequencyClassesMs } from '#protocol/frequency.ts';
import type { QueuedGroup } from './flush-queue.ts';
import { Flusher } from './flusher.ts';
import { phasesOf } from './phases.ts';

describe('flusher', () => {
  test('a class has a phase at most every 50 ms and at most 50 phases', () => {
    assert.deepEqual(frequencyClassesMs.map(phasesOf), [1, 2, 5, 10, 20, 40, 50, 50, 50, 50]);
  });

  test('a conflated group flushes once in its class time, at its phase', async () => {
    const hub = createSmallHub();
    hub.history.add(7, 0, 0);
    await hub.feed.open();
    const { session, socket } = hub.connect();
    hub.groups.join(session, hub.feed, 1000);
    const flushedAt: number[] = [];
    let seen = 0;
    for (hub.now = 10; hub.now <= 5000; hub.now += 10) {
      const seq = hub.now / 10;
      arrive(hub.feed, tickOf(seq), 7, seq);
      hub.turn();
      if (socket.sent.length > seen) flushedAt.push(hub.now);
      seen = socket.sent.length;
    }
    assert.deepEqual(flushedAt, [1000, 2000, 3000, 4000, 5000]);
  });

  test('after a stall every phase is flushed once, not once for each time it was missed', async () => {
    const hub = createSmallHub();
    hub.history.add(7, 0, 0);
    await hub.feed.open();
    const sockets = [hub.connect(), hub.connect()];
    for (const { session } of sockets) hub.groups.join(session, hub.feed, 100);
    arrive(hub.feed, tickOf(1), 7, 1);
    hub.now = 60_000;
    hub.turn();
    assert.deepEqual(
      sockets.map(({ socket }) => socket.sent.length),
      [1, 1],
    );
  });

  test('in a flush round of more than 32 frames a group publishes one at most, and the rest follows in order', () => {
    const { flusher, flushRounds, settleAll } = createScene();
    const groups = Array.from(
      { length: 40 },
      (_, index) => new FakeGroup(index, index < 3 ? 20 : 1, flushRounds),
    );
    for (const group of groups) flusher.enqueue(group);
    flusher.flush();
    settleAll();
    assert.equal(flushRounds.flat().length, 3 * 20 + 37);
    for (const flushRound of flushRounds) {
      const most = Math.max(
        ...groups.map((group) => flushRound.filter((name) => name === group.name).length),
      );
      assert.ok(flushRound.length <= 32 || most === 1, `${flushRound.length} frames, ${most} of one group`);
    }
  });

  test('what was dropped is settled before each flush round, and all that is due is published before replays', () => {
    const { flusher, flushRounds, settleAll, calls } = createScene();
    flusher.enqueue(new FakeGroup(0, 50, flushRounds));
    flusher.flush();
    flusher.turn(10);
    settleAll();
    assert.deepEqual(calls, ['settle', 'settle', 'flushed']);
  });

  test('a turn that comes before the last one has settled publishes nothing', () => {
    const { flusher, flushRounds, settleAll } = createScene();
    flusher.enqueue(new FakeGroup(0, 1, flushRounds));
    flusher.flush();
    flusher.enqueue(new FakeGroup(1, 1, flushRounds));
    flusher.flush();
    assert.deepEqual(flushRounds, [[0]]);
    settleAll();
    assert.deepEqual(flushRounds, [[0], [1]]);
  });
});

/** Writes down its number into the newest flush round for each frame. */
class FakeGroup implements QueuedGroup {
  readonly direct = undefined;
  readonly classMs = 0;
  readonly phase = 0;
  readonly name: number;
  pending: number;
  due = false;
  readonly #flushRounds: number[][];

  constructor(name: number, pending: number, flushRounds: number[][]) {
    this.name = name;
    this.pending = pending;
    this.#flushRounds = flushRounds;
  }

  publishNext(): void {
    this.pending--;
    this.#flushRounds.at(-1)?.push(this.name);
  }

  nextFor(): never {
    throw new Error('the group is shared');
  }

  sentNext(): never {
    throw new Error('the group is shared');
  }

  dequeued(): void {
    assert.equal(this.pending, 0);
  }
}

function createScene() {
  const flushRounds: number[][] = [];
  const calls: string[] = [];
  const settling: (() => void)[] = [];
  const flusher = new Flusher(
    {
      wanted: () => undefined,
      whenSettled: (settled) => settling.push(settled),
      settle: () => {
        calls.push('settle');
        flushRounds.push([]);
      },
      flushed: () => calls.push('flushed'),
    },
    0,
  );
  const settleAll = (): void => {
    for (let settled = settling.shift(); settled !== undefined; settled = settling.shift()) settled();
  };
  return { flusher, flushRounds, calls, settleAll };
}
