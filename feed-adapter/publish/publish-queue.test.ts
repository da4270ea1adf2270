import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FakeClock } from '#feed-adapter/fake-clock.ts';
import { symbolOf, tick } from '#feed-adapter/fixtures.ts';
import type { Tick } from '#protocol/tick.ts';
import { createLogger } from '#runtime/logger.ts';
import { noTracer } from '#runtime/tracing/tracer.ts';
import { FakePublisher } from './fake-publisher.ts';
import {
  createPublishQueue,
  type PublishQueueDeps,
  type PublishQueueLimits,
  publishQueueLimits,
} from './publish-queue.ts';

function build(limits: Partial<PublishQueueLimits> = {}, over: Partial<PublishQueueDeps> = {}) {
  const clock = new FakeClock();
  const publisher = new FakePublisher();
  const counts = { published: 0, dropped: 0, compacted: 0, retried: 0, fenced: 0 };
  const metrics = {
    published: (ticks: number) => {
      counts.published += ticks;
    },
    dropped: (ticks: number) => {
      counts.dropped += ticks;
    },
    compacted: () => counts.compacted++,
    retried: () => counts.retried++,
  };
  const deps: PublishQueueDeps = {
    ...{ source: 'test', token: 1, publisher, clock, metrics, random: () => 1, untoldDrops: new Map() },
    log: createLogger('test', 'silent'),
    tracer: noTracer,
    onFenced: () => {
      counts.fenced++;
    },
  };
  const publishQueue = createPublishQueue({ ...deps, ...over }, { ...publishQueueLimits, ...limits });
  const prices = (): number[] => publisher.published.map(({ price }) => price);
  return { publishQueue, clock, publisher, counts, prices };
}

test('ticks of a few milliseconds share a batch', async () => {
  const { publishQueue, clock, publisher, prices } = build({ lingerMs: 5 });
  publishQueue.push(tick('AAPL', 1));
  await clock.advance(4);
  publishQueue.push(tick('TSLA', 2));
  assert.equal(publisher.calls.length, 0);
  await clock.advance(1);
  assert.deepEqual([publisher.calls.length, prices()], [1, [1, 2]]);
});

test('without a linger the first tick leaves at once', () => {
  const { publishQueue, publisher } = build({ lingerMs: 0 });
  publishQueue.push(tick('AAPL', 1));
  assert.equal(publisher.calls.length, 1);
});

test('a full batch does not wait for the linger', () => {
  const { publishQueue, publisher } = build({ batchTicksMax: 2 });
  publishQueue.push(tick('AAPL', 1));
  publishQueue.push(tick('AAPL', 2));
  assert.equal(publisher.calls.length, 1);
});

test('a few batches of a group are in flight at a time, and the rest follows in order', async () => {
  const { publishQueue, clock, publisher, prices } = build({
    ...{ batchTicksMax: 2, batchesUnderWayMax: 2, lingerMs: 0 },
  });
  for (let price = 1; price <= 8; price++) publishQueue.push(tick('AAPL', price));
  assert.deepEqual(sizes(publisher), [1, 2]);
  await clock.advance(0);
  assert.deepEqual(sizes(publisher), [1, 2, 2, 2, 1]);
  assert.deepEqual(prices(), [1, 2, 3, 4, 5, 6, 7, 8]);
});

test('what is less than a batch waits while another is in flight', async () => {
  const { publishQueue, clock, publisher, prices } = build({ batchTicksMax: 2, lingerMs: 0 });
  publishQueue.push(tick('AAPL', 1));
  publishQueue.push(tick('AAPL', 2));
  assert.deepEqual(sizes(publisher), [1]);
  await clock.advance(0);
  assert.deepEqual(
    [sizes(publisher), prices()],
    [
      [1, 1],
      [1, 2],
    ],
  );
});

test('each group has its own batches and numbers, and one that hangs does not stop another', async () => {
  const { publishQueue, clock, publisher, prices } = build({ lingerMs: 0 });
  publisher.groupOf = (symbol) => (symbol === 'AAPL' ? 0 : 1);
  publisher.endings = ['hangs', 'done'];
  publishQueue.push(tick('AAPL', 1));
  publishQueue.push(tick('TSLA', 2));
  publishQueue.push(tick('TSLA', 3));
  await clock.advance(0);
  assert.deepEqual(
    publisher.calls.map(({ number }) => number),
    [1, 1, 2],
  );
  assert.deepEqual(prices(), [2, 3]);
});

test('a batch without an answer is sent again unchanged, under the same number', async () => {
  const { publishQueue, clock, publisher, counts } = build({ lingerMs: 0 });
  publisher.endings = ['failed', 'done'];
  publishQueue.push(tick('AAPL', 1));
  await clock.advance(0);
  publishQueue.push(tick('AAPL', 2));
  await clock.advance(50);
  const [first, second, third] = publisher.calls;
  assert.deepEqual(second, first);
  assert.deepEqual([third?.number, third?.ticks.map(({ price }) => price)], [2, [2]]);
  assert.equal(counts.retried, 1);
});

test('when a batch fails, those behind it are refused, and all are sent again in order', async () => {
  const { publishQueue, clock, publisher, counts, prices } = build({ batchTicksMax: 1, lingerMs: 0 });
  publisher.endings = ['failed', 'done'];
  for (let price = 1; price <= 3; price++) publishQueue.push(tick('AAPL', price));
  await clock.advance(0);
  assert.deepEqual([sentNumbers(publisher), prices()], [[1, 2, 3], []]);
  publishQueue.push(tick('AAPL', 4));
  await clock.advance(50);
  assert.deepEqual(sentNumbers(publisher), [1, 2, 3, 1, 2, 3, 4]);
  assert.deepEqual([prices(), counts.published, counts.retried], [[1, 2, 3, 4], 4, 3]);
  assert.equal(publishQueue.failing(), undefined);
});

test('the answer to a batch says that those before it have happened', async () => {
  const { publishQueue, clock, publisher, counts, prices } = build({ batchTicksMax: 1, lingerMs: 0 });
  publisher.endings = ['lost', 'done'];
  for (let price = 1; price <= 2; price++) publishQueue.push(tick('AAPL', price));
  await clock.advance(60_000);
  assert.deepEqual([sentNumbers(publisher), prices(), counts.published], [[1, 2], [1, 2], 2]);
  assert.equal(publishQueue.failing(), undefined);
});

test('batches go on in order when Redis has forgotten what it did', async () => {
  const { publishQueue, clock, publisher, prices } = build({ batchTicksMax: 1, lingerMs: 0 });
  publisher.endings = ['forgotten', 'done'];
  for (let price = 1; price <= 4; price++) publishQueue.push(tick('AAPL', price));
  await clock.advance(60_000);
  assert.deepEqual(prices(), [1, 2, 3, 4]);
});

test('a batch that had happened counts as published, once', async () => {
  const { publishQueue, clock, publisher, counts, prices } = build({ lingerMs: 0 });
  publisher.endings = ['lost', 'lost', 'done'];
  publishQueue.push(tick('AAPL', 1));
  await clock.advance(200);
  publishQueue.push(tick('AAPL', 2));
  await clock.advance(0);
  assert.deepEqual([prices(), counts.published, publisher.calls.length], [[1, 2], 2, 4]);
});

test('tries are spaced by a delay that doubles from 50 ms to 250 ms', async () => {
  const { publishQueue, clock, publisher } = build({ lingerMs: 0 });
  publisher.endings = ['failed'];
  publishQueue.push(tick('AAPL', 1));
  const calls: number[] = [];
  for (const delayMs of [50, 100, 200, 250, 250, 250, 250]) {
    await clock.advance(delayMs - 1);
    calls.push(publisher.calls.length);
    await clock.advance(1);
  }
  assert.deepEqual(calls, [1, 2, 3, 4, 5, 6, 7]);
  assert.equal(publishQueue.failing(), 'unavailable');
});

test('jitter shortens a delay by no more than half', async () => {
  const { publishQueue, clock, publisher } = build({ lingerMs: 0 }, { random: () => 0 });
  publisher.endings = ['failed'];
  publishQueue.push(tick('AAPL', 1));
  await clock.advance(24);
  assert.equal(publisher.calls.length, 1);
  await clock.advance(1);
  assert.equal(publisher.calls.length, 2);
});

test('fencing stops it: nothing more is sent, and it is reported once', async () => {
  const { publishQueue, clock, publisher, counts } = build({ lingerMs: 0 });
  publisher.groupOf = (symbol) => symbol.length;
  publisher.endings = ['fenced'];
  publishQueue.push(tick('AAPL', 1));
  publishQueue.push(tick('BRK.B', 1));
  await clock.advance(0);
  publishQueue.push(tick('AAPL', 2));
  await clock.advance(10_000);
  assert.deepEqual([publisher.calls.length, counts.fenced, clock.pending], [2, 1, 0]);
});

test('it fails as long as one group fails, whatever the others do', async () => {
  const { publishQueue, clock, publisher } = build({ lingerMs: 0 });
  publisher.groupOf = (symbol) => (symbol === 'AAPL' ? 0 : 1);
  publisher.endings = ['failed', 'done', 'failed', 'done'];
  publishQueue.push(tick('AAPL', 1));
  await clock.advance(0);
  publishQueue.push(tick('TSLA', 2));
  await clock.advance(0);
  assert.equal(publishQueue.failing(), 'unavailable');
  await clock.advance(1000);
  assert.equal(publishQueue.failing(), undefined);
});

test('draining sends what lingers and resolves when it is published', async () => {
  const { publishQueue, clock, prices } = build({ lingerMs: 1000 });
  publishQueue.push(tick('AAPL', 1));
  await publishQueue.drain(5000);
  assert.deepEqual([prices(), clock.pending], [[1], 0]);
});

test('draining ends at its deadline, and what remains is dropped, counted and returned', async () => {
  const { publishQueue, clock, publisher, counts } = build({ lingerMs: 0 });
  publisher.endings = ['failed'];
  for (let price = 1; price <= 3; price++) publishQueue.push(tick('AAPL', price));
  const drained = publishQueue.drain(5000);
  await clock.advance(5000);
  await drained;
  assert.deepEqual(publishQueue.stop(), new Map([[symbolOf('AAPL'), 3]]));
  assert.deepEqual([counts.dropped, clock.pending], [3, 0]);
});

test("what an earlier publish queue dropped is reported by the symbol's first tick, and by no other", async () => {
  const untoldDrops = new Map([[symbolOf('AAPL'), 4]]);
  const { publishQueue, publisher } = build({}, { untoldDrops });
  for (const name of ['TSLA', 'AAPL', 'AAPL']) publishQueue.push(tick(name, 1));
  await publishQueue.drain(1000);
  assert.deepEqual(dropsToldBy(publisher.published), [undefined, 4, undefined]);
});

function dropsToldBy(ticks: readonly Tick[]): (number | undefined)[] {
  return ticks.map(({ gaveUp }) => gaveUp);
}

test('a large backlog leaves in larger batches', async () => {
  const { publishQueue, clock, publisher } = build({
    ...{ batchTicksMax: 2, backlogBatchTicksMax: 10, batchesUnderWayMax: 1, lingerMs: 0 },
  });
  for (let price = 1; price <= 31; price++) publishQueue.push(tick('AAPL', price));
  await clock.advance(0);
  assert.deepEqual(sizes(publisher), [1, 10, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]);
});

function sizes({ calls }: FakePublisher): number[] {
  return calls.map(({ ticks }) => ticks.length);
}

function sentNumbers({ calls }: FakePublisher): number[] {
  return calls.map(({ number }) => number);
}
