import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { FanoutError } from '#fanout/ports.ts';
import { arrive, createSmallHub, openedHub, settled, story, tickOf } from '#hub/fixtures.ts';

describe('a feed whose history can not be read', () => {
  const unreadable = new FanoutError('unreadable', 'something else is at its key');

  test('a history that is unreadable fails the opening at once, and nothing is tried again', async () => {
    const hub = createSmallHub();
    hub.history.failure = unreadable;
    await assert.rejects(hub.feed.open(), unreadable);
    assert.deepEqual([hub.history.reads, hub.feed.failing, hub.counts.historyUnreadable], [1, false, 1]);
  });

  test('a hole in front of an unreadable history is told, and the feed goes on', async () => {
    const hub = await openedHub(0, 9);
    const { session, socket } = hub.connect();
    hub.groups.join(session, hub.feed, 0);
    hub.history.failure = unreadable;
    arrive(hub.feed, tickOf(12), 7, 12);
    await settled(hub);
    arrive(hub.feed, tickOf(13), 7, 13);
    hub.turn();
    assert.deepEqual(story(socket.sent), ['history_unavailable', [12, 12], [13, 13]]);
    assert.equal(hub.feed.failing, false);
  });

  test('an interruption that an unreadable history can not explain is told, though nothing arrives', async () => {
    const hub = await openedHub(0, 9);
    const { session, socket } = hub.connect();
    hub.groups.join(session, hub.feed, 0);
    hub.history.failure = unreadable;
    hub.feed.interrupted();
    await settled(hub);
    hub.turn();
    assert.deepEqual(story(socket.sent), ['history_unavailable', [9, 9]]);
    arrive(hub.feed, tickOf(10), 7, 10);
    hub.turn();
    assert.deepEqual(story(socket.sent).slice(2), [[10, 10]]);
  });

  test('whoever reaches back into an unreadable history is told that it is unavailable', async () => {
    const hub = await openedHub(0, 99);
    hub.history.failure = unreadable;
    await hub.feed.reach({ epoch: 7, seq: 49 });
    assert.equal(hub.feed.window.floor, 'history_unavailable');
    await hub.feed.reach({ epoch: 99, seq: 0 });
    assert.ok(hub.feed.live);
  });
});
