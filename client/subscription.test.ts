import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { story } from './fixtures.ts';
import { Subscription } from './subscription.ts';
import type { Update } from './update.ts';

function update(symbol: string, seq: number, more: Partial<Update> = {}): Update {
  return { symbol, epoch: 7, from: seq, seq, price: seq, timestamp: '2024-09-14T12:34:56.789Z', ...more };
}

function subscription(queueUpdatesMax = 3, onUpdate?: (update: Update) => void): Subscription {
  const symbols = new Set(['A', 'B']);
  const nothing = { isStale: () => false, release: () => undefined };
  return new Subscription({ symbols, frequency: 0, onUpdate, ...nothing }, { queueUpdatesMax });
}

async function read(from: Subscription, count: number): Promise<Update[]> {
  const loop = from[Symbol.asyncIterator]();
  const updates: Update[] = [];
  for (let i = 0; i < count; i++) {
    const next = await loop.next();
    if (next.done) break;
    updates.push(next.value);
  }
  return updates;
}

describe('a loop over a subscription', () => {
  test('gets each update while it keeps up', async () => {
    const one = subscription();
    for (const seq of [1, 2, 3]) one.take(update('A', seq));
    assert.deepEqual((await read(one, 3)).map(story), ['A 7-1', 'A 7-2', 'A 7-3']);
  });

  test('that is too slow gets one update per symbol, which covers what it stands for', async () => {
    const one = subscription();
    for (const seq of [1, 5, 3, 4]) one.take(update('A', seq === 5 ? 2 : seq, { price: seq }));
    one.take(update('B', 9));
    one.take(update('A', 5, { price: 2 }));
    const [a, b] = await read(one, 2);
    assert.deepEqual(a, update('A', 5, { from: 1, price: 2, high: 5, low: 1 }));
    assert.deepEqual(b, update('B', 9));
    one.take(update('A', 6));
    assert.deepEqual((await read(one, 1)).map(story), ['A 7-6']);
  });

  test('that is too slow still learns of a reset', async () => {
    const one = subscription(1);
    one.take(update('A', 1));
    one.take(update('A', 2));
    one.take(update('A', 8, { reset: 'history_trimmed', snapshot: true }));
    one.take(update('A', 9));
    const [merged] = await read(one, 1);
    assert.equal(merged?.reset, 'history_trimmed');
    assert.equal(merged && story(merged), 'A 7-8..9');
  });

  test('never misses a number, however slowly it reads', async () => {
    const step = fc.record({ symbol: fc.constantFrom('A', 'B', 'C'), reads: fc.nat({ max: 2 }) });
    await fc.assert(
      fc.asyncProperty(
        fc.array(step, { maxLength: 60 }),
        fc.integer({ min: 1, max: 5 }),
        async (steps, max) => {
          const one = subscription(max);
          const loop = one[Symbol.asyncIterator]();
          const sent: Record<string, number> = {};
          const seen: Record<string, number> = {};
          let waiting = 0;
          const readOne = async (): Promise<void> => {
            const { value } = await loop.next();
            assert.ok(value !== undefined);
            assert.equal(value.from, (seen[value.symbol] ?? 0) + 1);
            seen[value.symbol] = value.seq;
          };
          for (const { symbol, reads } of steps) {
            sent[symbol] = (sent[symbol] ?? 0) + 1;
            one.take(update(symbol, sent[symbol]));
            waiting = reads;
            while (waiting-- > 0 && behind(sent, seen)) await readOne();
          }
          while (behind(sent, seen)) await readOne();
          assert.deepEqual(seen, sent);
        },
      ),
    );
  });

  test('ends when the subscription is closed, also while it waits', async () => {
    const one = subscription();
    const waiting = read(one, 1);
    one.close();
    assert.deepEqual(await waiting, []);
    assert.deepEqual(await read(one, 1), []);
  });

  test('closes the subscription when it is left', async () => {
    const one = subscription();
    one.take(update('A', 1));
    for await (const _ of one) break;
    assert.equal(one.closed, true);
  });

  test('gets what waits for it before it learns that the client was stopped', async () => {
    const one = subscription();
    one.take(update('A', 1));
    one.fail(new Error('stopped'));
    assert.equal((await read(one, 1)).length, 1);
    await assert.rejects(read(one, 1), /stopped/);
  });

  test('beside a callback begins with what comes after it began', async () => {
    const seen: string[] = [];
    const one = subscription(3, (taken) => seen.push(story(taken)));
    one.take(update('A', 1));
    const loop = read(one, 1);
    one.take(update('A', 2));
    assert.deepEqual((await loop).map(story), ['A 7-2']);
    assert.deepEqual(seen, ['A 7-1', 'A 7-2']);
  });
});

function behind(sent: Record<string, number>, seen: Record<string, number>): boolean {
  return Object.entries(sent).some(([symbol, seq]) => (seen[symbol] ?? 0) < seq);
}
