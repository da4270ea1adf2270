import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FanoutError } from '#fanout/ports.ts';
import { arrive, createSmallHub, entryOf, openedHub, settled, story, tickOf } from '#hub/fixtures.ts';

describe('symbol feed', () => {
  test('opening reads the history once', async () => {
    const hub = await openedHub(0, 9);
    assert.equal(hub.history.reads, 1);
    assert.deepEqual([hub.feed.window.first, hub.feed.window.last], [6, 9]);
  });

  test('what arrives while it opens is joined on without a repeat', async () => {
    const hub = createSmallHub();
    hub.history.add(7, 0, 9);
    const opening = hub.feed.open();
    for (const seq of [8, 9, 10, 11]) arrive(hub.feed, tickOf(seq), 7, seq);
    await opening;
    assert.equal(hub.feed.window.last, 11);
    assert.equal(hub.counts.duplicates, 2);
    assert.equal(hub.history.reads, 1);
  });

  test('a hole in the live feed is filled from the history before the next update is shown', async () => {
    const hub = await openedHub(0, 9);
    const { session, socket } = hub.connect();
    hub.groups.join(session, hub.feed, 0);
    hub.history.add(7, 10, 14);
    arrive(hub.feed, tickOf(14), 7, 14);
    await settled(hub);
    hub.turn();
    assert.deepEqual(
      story(socket.sent),
      [10, 11, 12, 13, 14].map((seq) => [seq, seq]),
    );
    assert.equal(hub.counts.catchUps.hole, 1);
  });

  test('after an interruption everything missed is read, though nothing arrived since', async () => {
    const hub = await openedHub(0, 9);
    hub.history.add(7, 10, 20);
    hub.feed.interrupted();
    await settled(hub);
    assert.equal(hub.feed.window.last, 20);
  });

  test('what an interruption takes while the history is being read is read too, though nothing arrives since', async () => {
    const hub = await openedHub(0, 9);
    hub.history.add(7, 10, 11);
    arrive(hub.feed, tickOf(11), 7, 11); // the read that this begins ends with 11
    hub.history.add(7, 12, 20);
    hub.feed.interrupted();
    await settled(hub);
    assert.equal(hub.feed.window.last, 20);
    assert.deepEqual(hub.counts.catchUps, { hole: 1, interrupted: 1 });
  });

  test('a hole that the history trimmed away is told as history_trimmed', async () => {
    const hub = await openedHub(0, 9);
    const { session, socket } = hub.connect();
    hub.groups.join(session, hub.feed, 0);
    hub.history.entries = [entryOf(7, 15), entryOf(7, 16)];
    arrive(hub.feed, tickOf(16), 7, 16);
    await settled(hub);
    hub.turn();
    assert.deepEqual(story(socket.sent), ['history_trimmed', [15, 15], [16, 16]]);
  });

  test('a hole that the history itself has is told as history_unavailable', async () => {
    const hub = await openedHub(0, 9);
    const { session, socket } = hub.connect();
    hub.groups.join(session, hub.feed, 0);
    arrive(hub.feed, tickOf(16), 7, 16);
    await settled(hub);
    hub.turn();
    assert.deepEqual(story(socket.sent), ['history_unavailable', [16, 16]]);
  });

  test('a new epoch is told after what was pending of the old one', async () => {
    const hub = await openedHub(0, 9);
    const { session, socket } = hub.connect();
    hub.groups.join(session, hub.feed, 0);
    arrive(hub.feed, tickOf(10), 7, 10);
    arrive(hub.feed, tickOf(0), 8, 0);
    arrive(hub.feed, tickOf(1), 8, 1);
    hub.turn();
    assert.deepEqual(story(socket.sent), [[10, 10], 'epoch_changed', [0, 0], [1, 1]]);
  });

  test('what comes late of an epoch that is over is dropped, and nobody is told of a loss again', async () => {
    const hub = await openedHub(0, 9);
    const { session, socket } = hub.connect();
    hub.groups.join(session, hub.feed, 0);
    hub.history.add(8, 0, 0);
    arrive(hub.feed, tickOf(0), 8, 0);
    arrive(hub.feed, tickOf(11), 7, 11);
    arrive(hub.feed, tickOf(1), 8, 1);
    await settled(hub);
    hub.turn();
    assert.deepEqual(story(socket.sent), ['epoch_changed', [0, 0], [1, 1]]);
  });

  test('what waited while the history went over to a new epoch does not lead back', async () => {
    const hub = await openedHub(0, 9);
    const { session, socket } = hub.connect();
    hub.groups.join(session, hub.feed, 0);
    hub.history.add(7, 10, 10);
    hub.history.add(8, 0, 1);
    hub.feed.interrupted();
    arrive(hub.feed, tickOf(10), 7, 10);
    await settled(hub);
    hub.turn();
    assert.deepEqual(story(socket.sent), [[10, 10], 'epoch_changed', [0, 0], [1, 1]]);
  });

  test('an epoch that is lower, since all was lost and a clock set back, is told and goes on', async () => {
    const hub = await openedHub(0, 9);
    const { session, socket } = hub.connect();
    hub.groups.join(session, hub.feed, 0);
    hub.history.entries.length = 0;
    hub.history.add(3, 0, 1);
    arrive(hub.feed, tickOf(0), 3, 0);
    arrive(hub.feed, tickOf(1), 3, 1);
    await settled(hub);
    arrive(hub.feed, tickOf(2), 3, 2);
    hub.turn();
    assert.deepEqual(story(socket.sent), ['epoch_changed', [1, 1], [2, 2]]);
  });

  test('ticks that the adapter gave up are told', async () => {
    const hub = await openedHub(0, 9);
    const { session, socket } = hub.connect();
    hub.groups.join(session, hub.feed, 0);
    arrive(hub.feed, tickOf(10, { gaveUp: 5 }), 7, 10);
    hub.turn();
    assert.deepEqual(story(socket.sent), ['history_unavailable', [10, 10]]);
  });

  test('many who reach back share one way through the history', async () => {
    const hub = await openedHub(0, 99);
    const readsBefore = hub.history.reads;
    await Promise.all([90, 91, 92, 90, 91].map((seq) => hub.feed.reach({ epoch: 7, seq: seq - 1 })));
    assert.equal(hub.feed.window.first <= 90, true);
    assert.equal(hub.history.reads - readsBefore, 2); // 96 back to 90 is two pages of three
  });

  test('reaching back beyond the history ends with the reason', async () => {
    const hub = await openedHub(50, 59);
    await hub.feed.reach({ epoch: 7, seq: 2 });
    assert.deepEqual([hub.feed.window.first, hub.feed.window.floor], [50, 'history_trimmed']);
  });

  test('what was read back is let go after a while', async () => {
    const hub = await openedHub(0, 99);
    await hub.feed.reach({ epoch: 7, seq: 49 });
    hub.feed.trim(hub.now);
    assert.equal(hub.feed.window.first <= 50, true);
    hub.feed.trim(hub.now + 1001);
    assert.equal(hub.feed.window.first, 96);
  });

  test('what a resume has yet to get stays for as long as it is kept, but not for ever', async () => {
    const hub = await openedHub(0, 99);
    await hub.feed.reach({ epoch: 7, seq: 49 });
    for (; hub.now < 5000; hub.now += 500) {
      hub.feed.trim(hub.now);
      assert.equal(hub.feed.window.first <= 50, true);
      hub.feed.keep();
    }
    hub.feed.trim(hub.now);
    assert.equal(hub.feed.window.first, 96);
  });

  test('more arrivals than may wait are read from the history instead', async () => {
    const hub = createSmallHub({ arrivalsMax: 2 });
    hub.history.add(7, 0, 3);
    const opening = hub.feed.open();
    hub.history.add(7, 4, 9);
    for (let seq = 4; seq <= 9; seq++) arrive(hub.feed, tickOf(seq), 7, seq);
    await opening;
    assert.equal(hub.feed.window.last, 9);
  });

  test('a history that is away is asked again', async (context) => {
    context.mock.timers.enable({ apis: ['setTimeout'] });
    const hub = createSmallHub();
    hub.history.add(7, 0, 3);
    hub.history.failure = new FanoutError('unavailable', 'away');
    const opening = hub.feed.open();
    await nextTurn();
    hub.history.failure = undefined;
    context.mock.timers.tick(100);
    await opening;
    assert.equal(hub.feed.window.last, 3);
    assert.equal(hub.counts.historyFailures, 1);
  });

  test('a number that leaps far ahead costs a few reads, and real updates are not taken for duplicates for ever', async () => {
    const hub = await openedHub(0, 9);
    const { session, socket } = hub.connect();
    hub.groups.join(session, hub.feed, 0);
    const readsBefore = hub.history.reads;
    arrive(hub.feed, tickOf(1), 7, 1_000_000_000_000);
    await settled(hub);
    assert.ok(hub.history.reads - readsBefore < 10);
    hub.turn();
    for (let seq = 10; seq < 13; seq++) {
      hub.history.add(7, seq, seq);
      arrive(hub.feed, tickOf(seq), 7, seq);
      await settled(hub);
    }
    hub.turn();
    const leap = 'history_unavailable';
    assert.deepEqual(story(socket.sent), [leap, [1e12, 1e12], leap, [10, 10], [11, 11], [12, 12]]);
  });

  test('the largest number there is passes through, and does not stop anything', async () => {
    const hub = await openedHub(0, 9);
    const { session } = hub.connect();
    hub.groups.join(session, hub.feed, 0);
    arrive(hub.feed, tickOf(1), 7, Number.MAX_SAFE_INTEGER);
    await settled(hub);
    arrive(hub.feed, tickOf(0), 8, 0);
    hub.turn();
    assert.deepEqual([hub.feed.window.epoch, hub.feed.window.last], [8, 0]);
  });
});
