import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { arrive, createSmallHub, type SmallHub, settled, story, tickOf } from '#hub/fixtures.ts';

describe('the very first update of a symbol', () => {
  async function emptyHub(classMs: 0 | 5000 = 0): Promise<SmallHub & { told(): ReturnType<typeof story> }> {
    const hub = createSmallHub();
    await hub.feed.open();
    const { session, socket } = hub.connect();
    hub.groups.join(session, hub.feed, classMs);
    return Object.assign(hub, { told: () => story(socket.sent) });
  }

  test('begins its history, and no loss is told or counted', async () => {
    for (const classMs of [0, 5000] as const) {
      const hub = await emptyHub(classMs);
      arrive(hub.feed, tickOf(0), 7, 0);
      hub.turn();
      assert.deepEqual(hub.told(), ['begins', [0, 0]]);
      assert.equal(hub.counts.resets.epoch_changed, 0);
    }
  });

  test('is told as a loss where number 0 was not heard', async () => {
    const hub = await emptyHub();
    arrive(hub.feed, tickOf(3), 7, 3);
    hub.turn();
    assert.deepEqual(hub.told(), ['epoch_changed', [3, 3]]);
  });

  test('is told as a loss after an interruption: an epoch may have come and gone in it', async () => {
    const hub = await emptyHub();
    hub.feed.interrupted();
    await settled(hub);
    arrive(hub.feed, tickOf(0), 7, 0);
    hub.turn();
    assert.deepEqual(hub.told(), ['epoch_changed', [0, 0]]);
  });

  test('is read after an interruption that it fell into, though nothing arrives since', async () => {
    const hub = await emptyHub();
    hub.history.add(7, 0, 2);
    hub.feed.interrupted();
    await settled(hub);
    hub.turn();
    assert.deepEqual(hub.told(), ['epoch_changed', [2, 2]]);
  });

  test('is told as a loss when the adapter gave up ticks before it', async () => {
    const hub = await emptyHub();
    arrive(hub.feed, tickOf(0, { gaveUp: 3 }), 7, 0);
    hub.turn();
    assert.deepEqual(hub.told(), ['epoch_changed', [0, 0]]);
  });

  test('happens once: what comes in another epoch may have lost what was before', async () => {
    const hub = await emptyHub();
    arrive(hub.feed, tickOf(0), 7, 0);
    hub.turn();
    arrive(hub.feed, tickOf(0), 8, 0);
    hub.turn();
    assert.deepEqual(hub.told(), ['begins', [0, 0], 'epoch_changed', [0, 0]]);
  });
});
