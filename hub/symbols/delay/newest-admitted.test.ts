import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { HistoryEntry } from '#fanout/ports.ts';
import { aapl, entryOf, FakeHistory } from '#hub/fixtures.ts';
import { createDelayGate } from './delay-gate.ts';
import { newestAdmitted } from './newest-admitted.ts';

const delayMs = 1000;

/** Looks in a history of these entries, at `now`. */
async function lookIn(entries: readonly HistoryEntry[], now: number) {
  const history = new FakeHistory();
  history.entries = [...entries];
  const found = await newestAdmitted(
    history,
    aapl,
    createDelayGate({ now: () => now, elapsedMs: () => now }, delayMs),
  );
  return { position: found?.position, reads: history.reads };
}

/** Epochs of these lengths, one entry a millisecond; the first `trimmed` are gone. */
function entriesOf(lengths: readonly number[], trimmed: number): readonly HistoryEntry[] {
  let time = 0;
  return lengths
    .flatMap((length, epoch) =>
      Array.from({ length }, (_, seq) => entryOf(7 + epoch, seq, { receivedAt: time++ })),
    )
    .slice(trimmed);
}

test('it is the newest of those that are old enough, in whatever epoch, however much was trimmed', async () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 4 });
  await fc.assert(
    fc.asyncProperty(lengths, fc.nat({ max: 50 }), fc.nat({ max: 160 }), async (epochs, trimmed, age) => {
      const entries = entriesOf(epochs, trimmed);
      const expected = entries.filter(({ tick }) => tick.receivedAt <= age).at(-1);
      const { position } = await lookIn(entries, age + delayMs);
      assert.deepEqual(position, expected?.position);
    }),
    { numRuns: 500 },
  );
});

test('it is old enough whatever the clocks of adapters did, where one is found at all', async () => {
  const times = fc.array(fc.nat({ max: 100 }), { maxLength: 50 });
  await fc.assert(
    fc.asyncProperty(times, fc.nat({ max: 100 }), async (received, age) => {
      const entries = received.map((receivedAt, seq) => entryOf(7, seq, { receivedAt }));
      const { position } = await lookIn(entries, age + delayMs);
      if (position !== undefined) assert.ok((received[position.seq] ?? Number.NaN) <= age);
    }),
    { numRuns: 500 },
  );
});

test('a hundred thousand entries take some twenty reads of one', async () => {
  const entries = entriesOf([100_000], 0);
  const { position, reads } = await lookIn(entries, 61_234 + delayMs);
  assert.deepEqual(position, { epoch: 7, seq: 61_234 });
  assert.ok(reads <= 20, `${reads} reads`);
});
