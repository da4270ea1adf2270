import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryFanout } from '#fanout/memory/memory-fanout.ts';
import { adapterLimits, createAdapter } from '#feed-adapter/adapter.ts';
import { FakeClock } from '#feed-adapter/fake-clock.ts';
import { noMetrics, noon, symbolsOf } from '#feed-adapter/fixtures.ts';
import type { PushOutcome } from '#feed-adapter/push/awaited-tick.ts';
import { createPushReceiver, type PushOffer } from '#feed-adapter/push/push-venue.ts';
import { formatPosition } from '#protocol/position.ts';
import { createLogger } from '#runtime/logger.ts';
import { noTracer } from '#runtime/tracing/tracer.ts';
import { FakeOutage } from './fake-outage.ts';

/** A process whose push source leads, with its own view of Redis. */
async function build(limits = adapterLimits) {
  const clock = new FakeClock(noon);
  const fanout = createMemoryFanout(
    { now: () => clock.now(), elapsedMs: () => clock.now() },
    { replayEntriesMax: 1000 },
  );
  const redis = new FakeOutage(fanout);
  const pushReceiver = createPushReceiver(symbolsOf('AAPL', 'TSLA'));
  const adapter = createAdapter(
    {
      ...{ fanout: redis, clock, holder: 'a', random: () => 0.5, log: createLogger('test', 'silent') },
      venues: [{ source: 'push', createVenue: pushReceiver.createVenue }],
      metrics: { of: () => noMetrics },
      tracer: noTracer,
    },
    limits,
  );
  adapter.start();
  await clock.advance(1000);
  const offer = (...prices: readonly number[]): PushOffer => {
    const offered = pushReceiver.offer(prices.map((price) => ({ symbol: 'AAPL', price })));
    if (typeof offered === 'string') throw new Error(offered);
    return offered;
  };
  return { clock, fanout, redis, adapter, offer };
}

/** `waiting`, or what became of it. */
function shown(outcome: PushOutcome): string {
  if (outcome.state === 'published')
    return outcome.position === undefined ? 'published' : formatPosition(outcome.position);
  return outcome.state === 'waiting' ? 'waiting' : outcome.code;
}

function shownOf(offer: PushOffer): string[] {
  return offer.outcomes().map(shown);
}

test('a tick waits until Redis has it, and then has the position of its entry', async () => {
  const { clock, redis, offer, fanout } = await build();
  redis.reach = 'away';
  const offered = offer(100, 101);
  await clock.advance(3000);
  assert.deepEqual(shownOf(offered), ['waiting', 'waiting']);
  redis.reach = 'works';
  await clock.advance(3000);
  const entries = await fanout.history.after(symbolsOf('AAPL')[0] ?? assert.fail(), { epoch: 0, seq: 0 }, 9);
  assert.deepEqual(
    shownOf(offered),
    entries.map(({ position }) => formatPosition(position)),
  );
  assert.deepEqual(shownOf(offered), [`${noon}-0`, `${noon}-1`]);
});

test('a tick that Redis took without being able to answer is published, at no known position', async () => {
  const { clock, redis, offer } = await build();
  redis.reach = 'lost';
  const offered = offer(100);
  await clock.advance(1000);
  assert.deepEqual(shownOf(offered), ['waiting']);
  redis.reach = 'works';
  await clock.advance(1000);
  assert.deepEqual(shownOf(offered), ['published']);
});

test('ticks that are conflated into one have its position', async () => {
  const { clock, offer } = await build({ ...adapterLimits, conflateMs: 1000 });
  const offered = offer(100, 101, 102, 103);
  await clock.advance(50);
  assert.deepEqual(shownOf(offered), [`${noon}-0`, 'waiting', 'waiting', 'waiting']);
  await clock.advance(1500);
  assert.deepEqual(shownOf(offered), [`${noon}-0`, `${noon}-1`, `${noon}-1`, `${noon}-1`]);
});

test('what is not published when the process stops is not published, and nobody waits for it any more', async () => {
  const { clock, redis, offer, adapter } = await build();
  redis.reach = 'away';
  const offered = offer(100);
  const stopped = adapter.stop(1000);
  await clock.advance(5000);
  await stopped;
  await offered.settled;
  assert.deepEqual(shownOf(offered), ['not_published']);
});

test('what a leader holds that was fenced off is not published', async () => {
  const { clock, redis, fanout, offer } = await build();
  redis.reach = 'frozen';
  const offered = offer(100);
  await clock.advance(5000);
  const token = await fanout.leases.acquire('push', 'b', 60_000);
  assert.ok(token !== undefined);
  await fanout.publisher.publish({ source: 'push', token, number: 1, ticks: [] });
  redis.thaw();
  await clock.advance(1000);
  await offered.settled;
  assert.deepEqual(shownOf(offered), ['not_published']);
});

test('ticks that wait for the end of their window take their room in the queue', async () => {
  const limits = { ...adapterLimits, conflateMs: 1000 };
  const { offer } = await build({ ...limits, publishQueue: { ...limits.publishQueue, queueTicksMax: 4 } });
  offer(100, 101); // the first is under way, the second waits for the end of its window
  assert.throws(() => offer(1, 2, 3, 4), /full/);
  offer(1, 2);
});
