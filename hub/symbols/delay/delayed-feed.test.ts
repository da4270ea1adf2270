import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createHubCounts } from '#hub/counts.ts';
import { aapl, entryOf, FakeHistory } from '#hub/fixtures.ts';
import { tickFlags } from '#protocol/tick.ts';
import { createDelayedFeed } from './delayed-feed.ts';
import { delayLimits } from './fixtures.ts';

const delayMs = 1000;
const now = 10_000;

/** A history of entries that adapters read so long before now, as one with a delay of a second sees it. */
function historyOf(...agesMs: number[]) {
  const history = new FakeHistory();
  history.entries = agesMs.map((ageMs, seq) => entryOf(7, seq, { receivedAt: now - ageMs }));
  const feed = createDelayedFeed(
    {
      history: {
        after: history.after.bind(history),
        before: history.before.bind(history),
        newest: async () => [],
      },
      counts: createHubCounts(),
      now: () => now,
      elapsedMs: () => now,
    },
    delayMs,
    delayLimits,
  );
  return feed.history;
}

test('what is read forwards or backwards is marked as delayed', async () => {
  const history = historyOf(1300, 1200, 1100, 1000);
  const read = [
    ...(await history.after(aapl, { epoch: 7, seq: 0 }, 10)),
    ...(await history.before(aapl, { epoch: 7, seq: 3 }, 10)),
  ];
  assert.deepEqual(
    read.map(({ position: { seq } }) => seq),
    [1, 2, 3, 2, 1, 0],
  );
  for (const { tick } of read) assert.equal(tick.flags & tickFlags.delayed, tickFlags.delayed);
});

test('where the clock of an adapter went back, an entry that is too young is not read, nor what is behind it', async () => {
  const history = historyOf(1300, 900, 1100, 1000);
  const seqsOf = (entries: readonly { position: { seq: number } }[]) =>
    entries.map(({ position: { seq } }) => seq);
  assert.deepEqual(seqsOf(await history.before(aapl, { epoch: 7, seq: 3 }, 10)), [2]);
  assert.deepEqual(seqsOf(await history.after(aapl, { epoch: 7, seq: 0 }, 10)), []);
});
