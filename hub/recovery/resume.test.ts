import assert from 'node:assert/strict';
import { test } from 'node:test';
import { arrive, createSmallHub, entryOf, type SmallHub, tickOf } from '#hub/fixtures.ts';
import { judgeResume } from './resume.ts';

/** A hub that has heard of AAPL up to 7-3, while the history goes on to 7-5. */
async function slowHub(): Promise<SmallHub> {
  const hub = createSmallHub();
  hub.history.add(7, 0, 3);
  await hub.feed.open();
  hub.history.add(7, 4, 5);
  return hub;
}

async function resume({ feed }: SmallHub, since: { epoch: number; seq: number }): Promise<string> {
  await feed.reach(since);
  return judgeResume(feed.window, since);
}

test('who comes from a hub that was faster goes on without a reset', async () => {
  const hub = await slowHub();
  const since = { epoch: 7, seq: 5 };
  assert.equal(hub.feed.window.reaches(since), false);
  assert.equal(await resume(hub, since), 'continue');
});

test('who holds what is just before the oldest tick in memory goes on, who holds less needs the history', async () => {
  const hub = createSmallHub();
  hub.history.add(7, 5, 9);
  await hub.feed.open();
  const { window } = hub.feed;
  const before = { epoch: 7, seq: window.first - 1 };
  const earlier = { epoch: 7, seq: window.first - 2 };
  assert.equal(judgeResume(window, before), 'continue');
  assert.equal(window.reaches(before), true);
  assert.equal(window.reaches(earlier), false);
  window.endsHere();
  assert.equal(judgeResume(window, earlier), 'history_trimmed');
});

test('ticks that an adapter gave up have no number, and whoever missed them is told', async () => {
  const heard = await slowHub();
  arrive(heard.feed, tickOf(4, { gaveUp: 2 }), 7, 4);
  const read = createSmallHub();
  read.history.add(7, 0, 3);
  read.history.entries.push(entryOf(7, 4, { gaveUp: 2 }), entryOf(7, 5));
  await read.feed.open();
  for (const { feed } of [heard, read]) {
    await feed.reach({ epoch: 7, seq: 2 });
    assert.equal(judgeResume(feed.window, { epoch: 7, seq: 2 }), 'history_unavailable');
    assert.equal(judgeResume(feed.window, { epoch: 7, seq: 3 }), 'history_unavailable');
    assert.equal(judgeResume(feed.window, { epoch: 7, seq: 4 }), 'continue');
  }
});

test('who comes from an older epoch does not go on, whatever its number', async () => {
  const { feed } = await slowHub();
  for (const seq of [0, 2, 3, 4])
    assert.equal(judgeResume(feed.window, { epoch: 6, seq }), 'epoch_changed', `${seq}`);
});

test('who knows a newer epoch than the hub goes on in it', async () => {
  const hub = await slowHub();
  hub.history.entries.push(entryOf(9, 0));
  assert.equal(await resume(hub, { epoch: 9, seq: 0 }), 'continue');
});

test('a position that the history does not have is told as lost', async () => {
  const hub = await slowHub();
  assert.equal(await resume(hub, { epoch: 7, seq: 6 }), 'history_unavailable');
  assert.equal(await resume(hub, { epoch: 9, seq: 0 }), 'epoch_changed');
});

test('ten thousand who are ahead cost two reads at the most', async () => {
  const hub = await slowHub();
  const before = hub.history.reads;
  const all = Array.from({ length: 10_000 }, () => resume(hub, { epoch: 7, seq: 6 }));
  assert.deepEqual(new Set(await Promise.all(all)), new Set(['history_unavailable']));
  assert.ok(hub.history.reads - before <= 2, `${hub.history.reads - before} reads`);
});
