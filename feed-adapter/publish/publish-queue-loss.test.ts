import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { FakeClock } from '#feed-adapter/fake-clock.ts';
import { tick } from '#feed-adapter/fixtures.ts';
import type { Tick } from '#protocol/tick.ts';
import { createLogger } from '#runtime/logger.ts';
import { noTracer } from '#runtime/tracing/tracer.ts';
import { type Ending, FakePublisher } from './fake-publisher.ts';
import { createPublishQueue, type PublishQueueLimits, publishQueueLimits } from './publish-queue.ts';
import { TickQueue } from './tick-queue.ts';

function build(limits: Partial<PublishQueueLimits>) {
  const clock = new FakeClock();
  const publisher = new FakePublisher();
  const counts = { dropped: 0, compacted: 0 };
  const metrics = {
    published: () => undefined,
    retried: () => undefined,
    dropped: (ticks: number) => {
      counts.dropped += ticks;
    },
    compacted: () => counts.compacted++,
  };
  const log = createLogger('test', 'silent');
  const publishQueue = createPublishQueue(
    {
      ...{
        source: 'test',
        token: 1,
        publisher,
        clock,
        random: () => 0.5,
        metrics,
        log,
        untoldDrops: new Map(),
      },
      tracer: noTracer,
      onFenced: () => assert.fail('nobody fences here'),
    },
    { ...publishQueueLimits, ...limits },
  );
  return { publishQueue, clock, publisher, counts };
}

/** Per symbol: how many ticks were published or reported as dropped, and the price of the last. */
function account(ticks: readonly Tick[]): Map<string, { count: number; last: number }> {
  const accounts = new Map<string, { count: number; last: number }>();
  for (const { symbol, price, gaveUp } of ticks) {
    const before = accounts.get(symbol) ?? { count: 0, last: 0 };
    assert.ok(price > before.last, 'out of order');
    accounts.set(symbol, { count: before.count + 1 + (gaveUp ?? 0), last: price });
  }
  return accounts;
}

test('compaction keeps the newest tick of each symbol, with the number dropped before it', () => {
  const queue = new TickQueue();
  for (const [name, price] of [
    ['A', 1],
    ['B', 2],
    ['A', 3],
    ['C', 4],
    ['A', 5],
  ] as const)
    queue.push(tick(name, price));
  assert.equal(queue.compact(), 2);
  const left = queue.take(9).map(({ symbol, price, gaveUp }) => [symbol, price, gaveUp]);
  assert.deepEqual(left, [
    ['B', 2, undefined],
    ['C', 4, undefined],
    ['A', 5, 2],
  ]);
});

test('compacting again adds to the numbers of the time before', () => {
  const queue = new TickQueue();
  for (let price = 1; price <= 4; price++) {
    queue.push(tick('A', price));
    queue.compact();
  }
  assert.deepEqual(queue.take(9), [tick('A', 4, { gaveUp: 3 })]);
});

test('a queue that many ticks passed through gives them back in order', () => {
  const queue = new TickQueue();
  const taken: number[] = [];
  for (let price = 1; price <= 20_000; price++) {
    queue.push(tick('A', price));
    if (price % 3 === 0) taken.push(...queue.take(2).map((one) => one.price));
  }
  taken.push(...queue.take(20_000).map((one) => one.price));
  assert.deepEqual(
    taken,
    Array.from({ length: 20_000 }, (_, i) => i + 1),
  );
});

test('a million ticks while Redis is away stay within the bound, and each is published or reported as dropped', async () => {
  const { publishQueue, clock, publisher, counts } = build({ queueTicksMax: 10_000 });
  publisher.endings = ['failed'];
  const names = Array.from({ length: 1000 }, (_, i) => `S${i}`);
  let roomMin = Number.POSITIVE_INFINITY;
  for (let price = 1; price <= 1000; price++) {
    for (const name of names) publishQueue.push(tick(name, price));
    roomMin = Math.min(roomMin, publishQueue.room());
  }
  assert.ok(roomMin >= 0);
  await clock.advance(3000);
  publisher.endings = ['done'];
  await clock.advance(3000);
  assert.ok(counts.compacted > 0);
  const accounts = account(publisher.published);
  assert.ok(names.every((name) => accounts.get(name)?.count === 1000 && accounts.get(name)?.last === 1000));
  assert.equal(publisher.published.length + counts.dropped, 1_000_000);
});

test('whatever fails and whenever, each tick is published once in order, or reported as dropped', async () => {
  // Where Redis forgets a batch and its answer is lost, too, it is published again, and nobody can notice.
  const endings = fc.oneof(
    fc.array(fc.constantFrom<Ending>('done', 'lost', 'failed'), { maxLength: 30 }),
    fc.array(fc.constantFrom<Ending>('done', 'forgotten', 'failed'), { maxLength: 30 }),
  );
  const symbols = fc.array(fc.constantFrom('A', 'B', 'C', 'D'), { maxLength: 120 });
  const shape = {
    queueTicksMax: fc.integer({ min: 8, max: 40 }),
    batchTicksMax: fc.integer({ min: 1, max: 9 }),
    batchesUnderWayMax: fc.integer({ min: 1, max: 5 }),
  };
  await fc.assert(
    fc.asyncProperty(endings, symbols, fc.record(shape), async (outcomes, names, limits) => {
      const { publishQueue, clock, publisher } = build(limits);
      publisher.groupOf = (symbol) => symbol.charCodeAt(0) % 2;
      publisher.endings = [...outcomes, 'done'];
      for (const [i, name] of names.entries()) {
        publishQueue.push(tick(name, i + 1));
        if (i % 7 === 0) await clock.advance(20);
      }
      await clock.advance(60_000);
      const accounts = account(publisher.published);
      for (const name of new Set(names)) {
        const expected = { count: names.filter((n) => n === name).length, last: names.lastIndexOf(name) + 1 };
        assert.deepEqual(accounts.get(name), expected);
      }
    }),
    { numRuns: 200 },
  );
});
