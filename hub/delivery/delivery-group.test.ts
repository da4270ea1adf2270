import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { arrive, createSmallHub, type SmallHub, story, tickOf } from '#hub/fixtures.ts';
import type { Session } from '#hub/session/session.ts';
import { codecs } from '#protocol/codec.ts';
import type { DeliveryGroup } from './delivery-group.ts';
import { directSocketsMax } from './group-members.ts';

async function hubLiveAt(seq: number): Promise<SmallHub> {
  const hub = createSmallHub();
  hub.history.add(7, 0, seq);
  await hub.feed.open();
  return hub;
}

function joined(hub: SmallHub, session: Session, classMs: 0 | 100): DeliveryGroup {
  const group = hub.groups.join(session, hub.feed, classMs);
  if (group === undefined) throw new Error('the group was not ready');
  return group;
}

describe('group', () => {
  test('every update of a turn is published once per wire format', async () => {
    const hub = await hubLiveAt(3);
    const json = hub.connect();
    const msgpack = hub.connect(codecs.msgpack);
    hub.groups.join(json.session, hub.feed, 0);
    hub.groups.join(msgpack.session, hub.feed, 0);
    arrive(hub.feed, tickOf(4), 7, 4);
    arrive(hub.feed, tickOf(5), 7, 5);
    assert.deepEqual(story(json.socket.sent), []);
    hub.turn();
    assert.deepEqual(story(json.socket.sent), [
      [4, 4],
      [5, 5],
    ]);
    assert.deepEqual(story(msgpack.socket.sent), [
      [4, 4],
      [5, 5],
    ]);
    assert.equal(hub.counts.delivered.json[0] + hub.counts.delivered.msgpack[0], 4);
  });

  test('a socket that joins while updates are pending gets those alone that it does not hold', async () => {
    const hub = await hubLiveAt(3);
    joined(hub, hub.connect().session, 0);
    arrive(hub.feed, tickOf(4), 7, 4);
    const second = hub.connect();
    joined(hub, second.session, 0);
    arrive(hub.feed, tickOf(5), 7, 5);
    hub.turn();
    arrive(hub.feed, tickOf(6), 7, 6);
    hub.turn();
    assert.deepEqual(story(second.socket.sent), [
      [5, 5],
      [6, 6],
    ]);
  });

  test('a restart before it has joined reaches it too, without what it holds', async () => {
    const hub = await hubLiveAt(3);
    const first = hub.connect();
    joined(hub, first.session, 0);
    arrive(hub.feed, tickOf(4), 7, 4);
    const second = hub.connect();
    joined(hub, second.session, 0);
    arrive(hub.feed, tickOf(5), 7, 5);
    arrive(hub.feed, tickOf(0), 8, 0);
    hub.turn();
    assert.deepEqual(story(first.socket.sent), [[4, 4], [5, 5], 'epoch_changed', [0, 0]]);
    assert.deepEqual(story(second.socket.sent), [[5, 5], 'epoch_changed', [0, 0]]);
  });

  test('nobody joins while a reset is pending', async () => {
    const hub = await hubLiveAt(3);
    joined(hub, hub.connect().session, 0);
    arrive(hub.feed, tickOf(0), 8, 0);
    const { session } = hub.connect();
    assert.equal(hub.groups.join(session, hub.feed, 0), undefined);
    hub.turn();
    joined(hub, session, 0);
  });

  test('of two restarts before a turn the sockets are told the last, with what was pending before the first', async () => {
    const hub = await hubLiveAt(3);
    const { session, socket } = hub.connect();
    joined(hub, session, 0);
    arrive(hub.feed, tickOf(4), 7, 4);
    arrive(hub.feed, tickOf(0), 8, 0);
    hub.turn();
    assert.deepEqual(story(socket.sent), [[4, 4], 'epoch_changed', [0, 0]]);
    arrive(hub.feed, tickOf(0), 9, 0);
    arrive(hub.feed, tickOf(1, { gaveUp: 2 }), 9, 1);
    hub.turn();
    assert.deepEqual(story(socket.sent).slice(3), ['history_unavailable', [1, 1]]);
  });

  test('high and low of a window tell of ticks that memory has let go of since', async () => {
    const hub = await hubLiveAt(3);
    const { session, socket } = hub.connect();
    hub.groups.join(session, hub.feed, 100);
    for (let seq = 4; seq <= 60; seq++)
      arrive(hub.feed, tickOf(seq, { price: seq === 4 ? 999 : 100 - seq }), 7, seq);
    assert.ok(hub.feed.window.first > 20);
    hub.now = 100;
    hub.turn();
    const update = socket.sent[0]?.type === 'price_update' ? socket.sent[0].data.AAPL : undefined;
    assert.deepEqual([update?.from, update?.seq, update?.high, update?.low], [4, 60, 999, 40]);
    arrive(hub.feed, tickOf(61, { price: 5 }), 7, 61);
    arrive(hub.feed, tickOf(62, { price: 6 }), 7, 62);
    hub.now = 200;
    hub.turn();
    const next = socket.sent[1]?.type === 'price_update' ? socket.sent[1].data.AAPL : undefined;
    assert.deepEqual([next?.from, next?.seq, next?.high, next?.low], [61, 62, 6, 5]);
  });

  test('a conflated group sends the newest with the range and the high and low of its window', async () => {
    const hub = await hubLiveAt(3);
    const { session, socket } = hub.connect();
    hub.groups.join(session, hub.feed, 100);
    for (const [seq, price] of [
      [4, 10],
      [5, 2],
      [6, 7],
    ] as const)
      arrive(hub.feed, tickOf(seq, { price }), 7, seq);
    hub.now = 100;
    hub.turn();
    const update = socket.sent[0]?.type === 'price_update' ? socket.sent[0].data.AAPL : undefined;
    assert.deepEqual([update?.from, update?.seq, update?.price, update?.high, update?.low], [4, 6, 7, 10, 2]);
    hub.now = 200;
    hub.turn();
    assert.equal(socket.sent.length, 1);
  });

  test('few sockets of a group are on no topic, and all are once there are many, without a gap', async () => {
    const hub = await hubLiveAt(3);
    const few = Array.from({ length: directSocketsMax }, () => hub.connect());
    for (const { session } of few) joined(hub, session, 0);
    arrive(hub.feed, tickOf(4), 7, 4);
    hub.turn();
    assert.ok(few.every(({ socket }) => socket.topics.size === 0));
    arrive(hub.feed, tickOf(5), 7, 5);
    const last = hub.connect();
    joined(hub, last.session, 0);
    arrive(hub.feed, tickOf(6), 7, 6);
    hub.turn();
    for (const { socket } of few) {
      assert.equal(socket.topics.size, 1);
      assert.deepEqual(story(socket.sent), [
        [4, 4],
        [5, 5],
        [6, 6],
      ]);
    }
    assert.deepEqual(story(last.socket.sent), [[6, 6]]);
  });

  test('every tick of a conflated group of few is counted in its window', async () => {
    const hub = await hubLiveAt(3);
    const first = hub.connect();
    joined(hub, first.session, 100);
    hub.connect(); // so that the next one has the phase of the first
    const second = hub.connect(codecs.msgpack);
    arrive(hub.feed, tickOf(4), 7, 4);
    joined(hub, second.session, 100);
    hub.now = 100;
    hub.turn();
    arrive(hub.feed, tickOf(5), 7, 5);
    arrive(hub.feed, tickOf(6), 7, 6);
    hub.now = 200;
    hub.turn();
    assert.deepEqual(story(first.socket.sent), [
      [4, 4],
      [5, 6],
    ]);
    assert.deepEqual(story(second.socket.sent), [[5, 6]]);
    assert.equal(hub.counts.delivered.json[100], 2);
    assert.equal(hub.counts.delivered.msgpack[100], 1);
  });

  test('a socket that has a conflated group for itself is told of a restart, and goes on after it', async () => {
    const hub = await hubLiveAt(3);
    const { session, socket } = hub.connect();
    joined(hub, session, 100);
    arrive(hub.feed, tickOf(0), 8, 0);
    hub.turn();
    arrive(hub.feed, tickOf(1), 8, 1);
    hub.now = 100;
    hub.turn();
    assert.deepEqual(story(socket.sent), ['epoch_changed', [0, 0], [1, 1]]);
    assert.equal(socket.topics.size, 0);
  });

  test('who waits for a group that all others left is told of a restart', async () => {
    const hub = await hubLiveAt(3);
    const [first, , third] = [hub.connect(), hub.connect(), hub.connect()];
    const group = joined(hub, first.session, 100);
    arrive(hub.feed, tickOf(4), 7, 4);
    joined(hub, third.session, 100);
    hub.groups.leave(first.session, group);
    arrive(hub.feed, tickOf(0), 8, 0);
    hub.turn();
    assert.deepEqual(story(third.socket.sent), ['epoch_changed', [0, 0]]);
  });

  test('who leaves a group of its own in the turn of a flush holds what was sent before it for certain', async () => {
    const hub = await hubLiveAt(3);
    const { session } = hub.connect();
    const group = joined(hub, session, 100);
    arrive(hub.feed, tickOf(4), 7, 4);
    hub.now = 100;
    hub.flusher.flush();
    hub.flusher.turn(hub.now);
    assert.deepEqual(hub.groups.leave(session, group), { epoch: 7, seq: 3, exact: false });
  });

  test('a socket that joins in the middle of a window is told only of what it does not hold', async () => {
    const hub = await hubLiveAt(3);
    const first = hub.connect();
    hub.groups.join(first.session, hub.feed, 100);
    arrive(hub.feed, tickOf(4), 7, 4);
    hub.connect(); // so that the next one has the phase of the first
    const second = hub.connect();
    hub.groups.join(second.session, hub.feed, 100);
    arrive(hub.feed, tickOf(5), 7, 5);
    hub.now = 100;
    hub.turn();
    assert.deepEqual(story(first.socket.sent), [[4, 5]]);
    assert.deepEqual(story(second.socket.sent), [[5, 5]]);
  });

  test('who leaves in the turn of a flush holds only what was sent before it for certain', async () => {
    const hub = await hubLiveAt(3);
    const { session } = hub.connect();
    const group = joined(hub, session, 0);
    arrive(hub.feed, tickOf(4), 7, 4);
    hub.turn();
    arrive(hub.feed, tickOf(5), 7, 5);
    hub.turn();
    assert.deepEqual(hub.groups.leave(session, group), { epoch: 7, seq: 4, exact: false });
  });

  test('who leaves in a later turn holds all that was sent', async () => {
    const hub = await hubLiveAt(3);
    const { session } = hub.connect();
    const group = joined(hub, session, 0);
    arrive(hub.feed, tickOf(4), 7, 4);
    hub.turn();
    hub.turn();
    assert.deepEqual(hub.groups.leave(session, group), { epoch: 7, seq: 4, exact: true });
  });

  test('who leaves in the turn of a reset holds nothing', async () => {
    const hub = await hubLiveAt(3);
    const { session } = hub.connect();
    const group = joined(hub, session, 0);
    arrive(hub.feed, tickOf(0), 8, 0);
    assert.equal(hub.groups.leave(session, group).epoch, -1);
  });

  test('a group without members is removed', async () => {
    const hub = await hubLiveAt(3);
    const { session } = hub.connect();
    const group = joined(hub, session, 0);
    assert.equal(hub.feed.followers.length, 1);
    hub.groups.leave(session, group);
    assert.equal(hub.feed.followers.length, 0);
  });

  test('sockets of one class and phase share a group, those of another phase do not', async () => {
    const hub = await hubLiveAt(3);
    const [a, b, c] = [hub.connect(), hub.connect(), hub.connect()];
    const groupA = joined(hub, a.session, 100);
    const groupB = joined(hub, b.session, 100);
    assert.notEqual(groupA, groupB);
    assert.equal(joined(hub, c.session, 100), groupA);
  });
});
