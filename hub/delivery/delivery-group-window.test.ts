import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrive, createSmallHub, tickOf } from '#hub/fixtures.ts';

test('what memory let go of before a restart is not in the windows after it', async () => {
  const hub = createSmallHub();
  hub.history.add(7, 0, 3);
  await hub.feed.open();
  const { session, socket } = hub.connect();
  hub.groups.join(session, hub.feed, 100);
  for (let seq = 4; seq <= 60; seq++)
    arrive(hub.feed, tickOf(seq, { price: seq === 4 ? 999 : 100 - seq }), 7, seq);
  assert.ok(hub.feed.window.first > 20);
  for (const seq of [0, 1, 2]) arrive(hub.feed, tickOf(seq, { price: 50 + seq }), 8, seq);
  for (const now of [100, 200, 300]) {
    hub.now = now;
    hub.turn();
  }
  const update = socket.sent.at(-1);
  const { from, seq, high, low } = (update?.type === 'price_update' && update.data.AAPL) || {};
  assert.deepEqual([from, seq, high, low], [1, 2, 52, 51]);
});
