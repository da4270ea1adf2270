import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryFanout } from '#fanout/memory/memory-fanout.ts';
import { createLogger } from '#runtime/logger.ts';
import { noTracer } from '#runtime/tracing/tracer.ts';
import { adapterLimits, createAdapter } from './adapter.ts';
import { FakeClock } from './fake-clock.ts';
import { noMetrics, ScriptedVenue, symbolOf, trade } from './fixtures.ts';
import { FakeOutage } from './publish/fake-outage.ts';
import type { VenueTick } from './venues/venue.ts';

const aapl = symbolOf('AAPL');
const tsla = symbolOf('TSLA');

/** Processes over one fanout, each of which may run the source `scripted`. */
function build(losses: 'numbered' | 'hidden' | undefined) {
  const clock = new FakeClock();
  const fanout = createMemoryFanout(
    { now: () => clock.now(), elapsedMs: () => clock.now() },
    { replayEntriesMax: 1000 },
  );
  const run = (holder: string) => {
    const redis = new FakeOutage(fanout);
    let venue = new ScriptedVenue();
    const createVenue = (): ScriptedVenue => {
      venue = new ScriptedVenue('AAPL', 'TSLA');
      if (losses !== undefined) venue.losses = losses;
      return venue;
    };
    const adapter = createAdapter(
      {
        ...{ fanout: redis, clock, holder, random: () => 0.5, log: createLogger('test', 'silent') },
        venues: [{ source: 'scripted', createVenue }],
        metrics: { of: () => noMetrics },
        tracer: noTracer,
      },
      adapterLimits,
    );
    adapter.start();
    const say = (over: Partial<VenueTick>): void => venue.sink?.tick(trade(over));
    return { adapter, redis, say, venue: () => venue };
  };
  /** Price of each published tick, and how many ticks it reports as missing before it. */
  const told = async (symbol = aapl): Promise<(readonly [number, number])[]> => {
    const entries = await fanout.history.before(symbol, undefined, 1000);
    return entries.toReversed().map(({ tick }) => [tick.price, tick.gaveUp ?? 0]);
  };
  return { clock, run, told };
}

/** A leader that published AAPL up to number 10, read one more and stood still; and who took over. */
async function takenOver(losses: 'numbered' | 'hidden' | undefined) {
  const stage = build(losses);
  const { clock, run } = stage;
  const first = run('a');
  await clock.advance(1000);
  const numbered = (number: number) =>
    losses === 'numbered' ? { tradeId: String(number), venueNumber: number } : {};
  first.say({ price: 100, ...numbered(9) });
  first.say({ price: 101, ...numbered(10) });
  await clock.advance(10);
  first.redis.reach = 'frozen';
  first.say({ price: 102, ...numbered(11) });
  const second = run('b');
  await clock.advance(6000);
  assert.ok(second.venue().running);
  return { ...stage, second, numbered };
}

test('a successor learns the last venue number that was published, whoever published it', async () => {
  const { second } = await takenOver('numbered');
  assert.deepEqual(second.venue().last, new Map([[aapl, 10]]));
});

test('a hole in the numbers of a venue is reported by the next tick of its symbol, and of no other', async () => {
  const { clock, second, numbered, told } = await takenOver('numbered');
  second.venue().sink?.gap(aapl, 3);
  second.say({ symbol: 'TSLA', price: 700 });
  second.say({ price: 104, ...numbered(14) });
  second.say({ price: 105, ...numbered(15) });
  await clock.advance(10);
  assert.deepEqual(await told(), [
    [100, 0],
    [101, 0],
    [104, 3],
    [105, 0],
  ]);
  assert.deepEqual(await told(tsla), [[700, 0]]);
});

test('a trade that the predecessor published last is not published again', async () => {
  const { clock, second, numbered, told } = await takenOver('numbered');
  second.say({ price: 101, ...numbered(10) });
  second.say({ price: 102, ...numbered(11) });
  await clock.advance(10);
  assert.deepEqual((await told()).at(-1), [102, 0]);
  assert.equal((await told()).length, 3);
});

test('where a venue hides what it lost, a takeover reports a loss for every symbol, once', async () => {
  const { clock, second, told } = await takenOver('hidden');
  for (const price of [103, 104]) {
    second.say({ price });
    second.say({ symbol: 'TSLA', price });
  }
  await clock.advance(10);
  assert.deepEqual((await told()).slice(2), [
    [103, 1],
    [104, 0],
  ]);
  assert.deepEqual(await told(tsla), [
    [103, 1],
    [104, 0],
  ]);
});

test('where a venue hides what it lost, a broken connection reports a loss as well; the first start ever does not', async () => {
  const { clock, run, told } = build('hidden');
  const { say, venue } = run('a');
  await clock.advance(1000);
  say({ price: 100 });
  venue().sink?.state('connecting', 'closed by the venue');
  venue().sink?.state('live');
  say({ price: 101 });
  venue().sink?.state('live', 'a problem beside it');
  say({ price: 102 });
  await clock.advance(10);
  assert.deepEqual(await told(), [
    [100, 0],
    [101, 1],
    [102, 0],
  ]);
});

test('a venue of which nothing can be lost reports no loss at a takeover', async () => {
  const { clock, second, told } = await takenOver(undefined);
  second.say({ price: 103 });
  await clock.advance(10);
  assert.deepEqual((await told()).at(-1), [103, 0]);
});

for (const [losses, missing] of [
  ['numbered', 1],
  ['hidden', 1],
  [undefined, 0],
] as const) {
  test(`a leader that can not read what was published reports ${missing} missing where losses are ${losses}`, async () => {
    const { clock, run, told } = build(losses);
    const { redis, say } = run('a');
    const { lastPublished } = redis.publisher;
    Object.assign(redis.publisher, {
      lastPublished: (...args: Parameters<typeof lastPublished>) => {
        redis.reach = 'away';
        return lastPublished(...args).finally(() => {
          redis.reach = 'works';
        });
      },
    });
    await clock.advance(1000);
    say({ price: 100 });
    await clock.advance(10);
    assert.deepEqual(await told(), [[100, missing]]);
  });
}
