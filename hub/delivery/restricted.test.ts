import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aapl } from '#hub/fixtures.ts';
import { Replays } from '#hub/recovery/replays.ts';
import { createTimeShare } from '#hub/recovery/time-share.ts';
import { type DelayedClient, DelayScene } from '#hub/symbols/delay/fixtures.ts';
import type { HubMessage } from '#protocol/messages.ts';
import { slotMs } from './phases.ts';
import { restrictedClassOf, restrictionOf, slotOf } from './restriction.ts';

/** A symbol that has a tick each slot, and a user that may have one update in a second. */
async function createScene(sockets: number) {
  const scene = new DelayScene();
  scene.hub.now = 1_000_000;
  await scene.step(0);
  const clients = Array.from({ length: sockets }, () => scene.connect(0, 1000));
  const pass = async (ms: number, between: () => Promise<void> = async () => undefined): Promise<void> => {
    const until = scene.hub.now + ms;
    while (scene.hub.now < until) {
      scene.publish();
      await scene.step(slotMs);
      await between();
    }
  };
  return { scene, clients, pass };
}

function seqsOf(messages: readonly HubMessage[]): number[] {
  return messages.flatMap((message) =>
    message.type === 'price_update' ? Object.values(message.data).map(({ seq }) => seq) : [],
  );
}

test('subscribing 20 times a second, over 20 sockets, brings one price in a window', async () => {
  const { scene, clients, pass } = await createScene(20);
  let next = 0;
  const subscribeAgain = (): Promise<void> =>
    scene.subscribe(clients[next++ % clients.length] as DelayedClient);
  await pass(2000, subscribeAgain);
  const before = new Set(clients.flatMap(({ socket }) => seqsOf(socket.sent)));
  await pass(10_000, subscribeAgain);
  const seen = new Set(clients.flatMap(({ socket }) => seqsOf(socket.sent)));
  // What a window ends with: told by it, and by first answers as of its end, which an update may have come right after.
  assert.ok(seen.size - before.size <= 2 * 10 && seen.size - before.size >= 10, `${seen.size - before.size}`);
  const windows = new Set([...seen].map((seq) => Math.floor((seq + 1) / (1000 / slotMs))));
  assert.ok(windows.size <= 13, `prices of ${windows.size} windows`);
});

test('all sockets of a user have their updates in one moment, whichever class they wish for', async () => {
  const { scene, clients, pass } = await createScene(50);
  for (const [i, client] of clients.entries())
    await scene.subscribe(client, undefined, [0, 1000, 2000, 5000][i % 4]);
  const moments = new Set<number>();
  let told = clients.map(({ socket }) => socket.sent.length);
  await pass(10_000, async () => {
    const now = clients.map(({ socket }) => socket.sent.length);
    if (now.some((count, i) => count !== told[i])) moments.add(scene.hub.now % 1000);
    told = now;
  });
  assert.equal(moments.size, 1, [...moments].join());
});

test('a symbol without an old enough price gets its first when the window ends, as a snapshot', async () => {
  const { scene, clients, pass } = await createScene(1);
  const [client] = clients as [DelayedClient];
  const { session, socket } = client;
  const slot = slotOf(session.restriction ?? assert.fail(), 1000);
  const untilEnd = (((slot * slotMs - scene.hub.now) % 1000) + 1000) % 1000;
  await scene.step(untilEnd + slotMs); // a window has just begun
  const { position } = scene.publish();
  await scene.subscribe(client);
  assert.deepEqual(
    socket.sent.map(({ type }) => type),
    ['subscribed'],
  );
  await pass(1000);
  const [update] = socket.sent.flatMap((message) =>
    message.type === 'price_update' ? [message.data[aapl]] : [],
  );
  assert.ok(update?.snapshot && update.seq >= position.seq);
});

test('rounds for slow sockets and resets bring a restricted user nothing newer than its last window', async () => {
  const { scene, clients, pass } = await createScene(1);
  const [{ session, socket }] = clients as [DelayedClient];
  await pass(2000);
  await scene.subscribe(clients[0] as DelayedClient);
  await pass(1000);
  const forever = createTimeShare(() => scene.hub.now, { atLeastMs: 1000, share: 1, atMostMs: 1000 });
  const replays = new Replays(
    {
      ...{ groups: scene.hub.groups, windows: scene.hub.windows, time: forever, startTime: forever },
      barrier: { run: (_session, work) => work() },
    },
    { replayBufferBytes: 1000, replayVisitUpdatesMax: 10 },
  );
  session.happened('overflows');
  replays.suspend(session);
  session.happened('leaves_groups');
  const told = socket.sent.length;
  for (let i = 0; i < 100; i++) {
    await pass(slotMs);
    for (const catchUp of session.catchUps ?? [])
      if (!catchUp.caughtUp && !catchUp.waits) {
        if (i % 2 === 0) catchUp.sendNewest(session);
        else catchUp.sendReset(session, 'slow_consumer');
      }
  }
  const prices = new Set(seqsOf(socket.sent.slice(told)));
  assert.ok(prices.size >= 4 && prices.size <= 6, `${prices.size} prices in 5 windows`);
});

test('a wish is served in a class whose windows end with the own, and one user has one phase in all of them', () => {
  const entitlements = {
    allows: () => true,
    frequencyMinMs: 2000,
    delayedMinutes: 0,
    socketsMax: 1,
  } as const;
  const restriction =
    restrictionOf({ user: 'ann', expiresAt: 0, claim: undefined, entitlements }) ?? assert.fail();
  assert.deepEqual(
    [0, 100, 2000, 2001, 5000, 10_001, 60_000].map((wish) => restrictedClassOf(restriction, wish)),
    [2000, 2000, 2000, 10_000, 10_000, 30_000, 60_000],
  );
  const own = slotOf(restriction, 2000);
  for (const classMs of [10_000, 30_000, 60_000] as const)
    assert.equal(slotOf(restriction, classMs) % (2000 / slotMs), own);
});
