import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrive, createSmallHub, type SmallHub, tickOf } from '#hub/fixtures.ts';
import type { Session } from '#hub/session/session.ts';
import type { DeliveryGroup } from './delivery-group.ts';
import { nothingHeld } from './held.ts';

async function hubLiveAt(seq: number): Promise<SmallHub> {
  const hub = createSmallHub();
  hub.history.add(7, 0, seq);
  await hub.feed.open();
  return hub;
}

function joined(hub: SmallHub, session: Session, classMs: 0): DeliveryGroup {
  const group = hub.groups.join(session, hub.feed, classMs);
  if (group === undefined) throw new Error('the group was not ready');
  return group;
}

test('who leaves before it has joined holds what it did, or nothing when a reset is on its way', async () => {
  const hub = await hubLiveAt(3);
  joined(hub, hub.connect().session, 0);
  arrive(hub.feed, tickOf(4), 7, 4);
  const { session } = hub.connect();
  const group = joined(hub, session, 0);
  arrive(hub.feed, tickOf(5), 7, 5);
  assert.deepEqual(hub.groups.leave(session, group), { epoch: 7, seq: 4, exact: true });
  const other = hub.connect().session;
  joined(hub, other, 0);
  arrive(hub.feed, tickOf(0), 8, 0);
  assert.equal(hub.groups.leave(other, group), nothingHeld);
});

test('who leaves in the turn of a reset holds nothing, as it may have been dropped', async () => {
  const hub = await hubLiveAt(3);
  const { session } = hub.connect();
  const group = joined(hub, session, 0);
  arrive(hub.feed, tickOf(0), 8, 0);
  hub.turn();
  assert.equal(hub.groups.leave(session, group), nothingHeld);
});

for (const classMs of [0, 100] as const)
  test(`a group of class ${classMs} that all have left before its turn is let go, whatever becomes of its ticks`, async () => {
    const hub = createSmallHub();
    hub.history.add(7, 0, 3);
    await hub.feed.open();
    const { session, socket } = hub.connect();
    const group = hub.groups.join(session, hub.feed, classMs) ?? assert.fail();
    for (let seq = 4; seq <= 6; seq++) arrive(hub.feed, tickOf(seq), 7, seq);
    hub.groups.leave(session, group);
    arrive(hub.feed, tickOf(0), 8, 0);
    for (let seq = 1; seq <= 50; seq++) arrive(hub.feed, tickOf(seq), 8, seq);
    for (hub.now = 50; hub.now < 300; hub.now += 50) hub.turn();
    assert.deepEqual(socket.sent, []);
  });
