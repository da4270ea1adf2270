import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryFanout } from '#fanout/memory/memory-fanout.ts';
import { createLogger } from '#runtime/logger.ts';
import { noTracer } from '#runtime/tracing/tracer.ts';
import { adapterLimits, createAdapter } from './adapter.ts';
import { FakeClock } from './fake-clock.ts';
import { noMetrics, ScriptedVenue, symbolOf, trade } from './fixtures.ts';
import { FakeOutage } from './publish/fake-outage.ts';

const aapl = symbolOf('AAPL');

function build() {
  const clock = new FakeClock();
  const fanout = createMemoryFanout(
    { now: () => clock.now(), elapsedMs: () => clock.monotonic() },
    { replayEntriesMax: 10_000 },
  );
  const run = (holder: string, limits = adapterLimits, metrics = noMetrics) => {
    const redis = new FakeOutage(fanout);
    const venues: ScriptedVenue[] = [];
    const createVenue = (): ScriptedVenue => {
      const venue = new ScriptedVenue('AAPL', 'TSLA');
      venues.push(venue);
      return venue;
    };
    const adapter = createAdapter(
      {
        ...{ fanout: redis, clock, holder, random: () => 0.5, log: createLogger('test', 'silent') },
        venues: [{ source: 'scripted', createVenue }],
        metrics: { of: () => metrics },
        tracer: noTracer,
      },
      limits,
    );
    adapter.start();
    const say = (price: number): void => {
      venues.find((venue) => venue.running)?.sink?.tick(trade({ price }));
    };
    return { adapter, redis, venues, say, running: () => venues.filter((venue) => venue.running).length };
  };
  const published = async () => fanout.history.after(aapl, { epoch: 0, seq: 0 }, 10_000);
  const prices = async (): Promise<number[]> => (await published()).map(({ tick }) => tick.price);
  return { clock, fanout, run, published, prices };
}

test('the venue is read by one of two processes, and its ticks are published', async () => {
  const { clock, run, prices } = build();
  const [first, second] = [run('a'), run('b')];
  await clock.advance(1000);
  first.say(150);
  await clock.advance(10);
  assert.deepEqual([first.running(), second.running(), await prices()], [1, 0, [150]]);
});

test('what waits for the end of a window is published before the source is handed over', async () => {
  const { clock, run, prices } = build();
  const { adapter, say } = run('a', { ...adapterLimits, conflateMs: 1000 });
  await clock.advance(1000);
  for (const price of [150, 151, 152]) say(price);
  await clock.advance(100);
  assert.deepEqual(await prices(), [150]);
  const stopped = adapter.stop(1000);
  await clock.advance(2000);
  await stopped;
  assert.deepEqual(await prices(), [150, 152]);
});

test('when the leader stops dead the other takes over, and no sequence number comes twice', async () => {
  const { clock, run, published } = build();
  const [first, second] = [run('a'), run('b')];
  await clock.advance(1000);
  for (let price = 100; price < 110; price++) first.say(price);
  await clock.advance(10);
  first.redis.reach = 'frozen';
  first.say(110);
  await clock.advance(5000);
  assert.equal(second.running(), 1);
  for (let price = 111; price < 120; price++) second.say(price);
  await clock.advance(10);
  const seqs = (await published()).map(({ position }) => position.seq);
  assert.deepEqual(
    seqs,
    Array.from({ length: 19 }, (_, i) => i),
  );
});

test('a leader that wakes up after the takeover publishes nothing and ends its venue', async () => {
  const { clock, run, prices } = build();
  const [first, second] = [run('a'), run('b')];
  await clock.advance(1000);
  first.redis.reach = 'frozen';
  first.say(100);
  await clock.advance(5000);
  second.say(101);
  await clock.advance(10);
  first.redis.thaw();
  first.say(102);
  await clock.advance(10_000);
  assert.deepEqual([first.running(), second.running(), await prices()], [0, 1, [101]]);
});

for (const reach of ['away', 'lost'] as const) {
  test(`ticks of an outage (${reach}) longer than the lease are published after it, once, in order`, async () => {
    const { clock, run, prices } = build();
    const { redis, say } = run('a');
    await clock.advance(1000);
    say(100);
    await clock.advance(10);
    redis.reach = reach;
    for (let price = 101; price <= 110; price++) {
      say(price);
      await clock.advance(1500);
    }
    redis.reach = 'works';
    say(111);
    await clock.advance(2000);
    assert.deepEqual(await prices(), [100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111]);
  });
}

test('what a leader could not publish before it lost the lease is reported by its next tick', async () => {
  const { clock, run, published } = build();
  const { redis, say, running } = run('a');
  await clock.advance(1000);
  redis.reach = 'away';
  for (let price = 100; price < 103; price++) say(price);
  await clock.advance(70_000);
  assert.equal(running(), 0);
  redis.reach = 'works';
  await clock.advance(4000); // who lost the lease asks for it two renewals after Redis is back
  say(103);
  await clock.advance(10);
  const told = (await published()).map(({ tick }) => [tick.price, tick.gaveUp]);
  assert.deepEqual(told, [[103, 3]]);
});

test('stopping publishes what waits, hands the source over, and leaves no timer', async () => {
  const { clock, run, prices } = build();
  const first = run('a');
  const second = run('b');
  await clock.advance(1000);
  first.say(150);
  await first.adapter.stop(5000);
  assert.deepEqual(await prices(), [150]);
  await clock.advance(1000);
  assert.equal(second.running(), 1);
  await second.adapter.stop(5000);
  assert.equal(clock.pending, 0);
});

test('a leader that stops keeps the lease until its last batch is published', async () => {
  const { clock, run, fanout, prices } = build();
  const [first, second] = [run('a'), run('b')];
  await clock.advance(1000);
  let answer = (): void => assert.fail('nothing was published');
  const publish: typeof fanout.publisher.publish = async (batch) => {
    await new Promise<void>((resolve) => {
      answer = resolve;
    });
    return fanout.publisher.publish(batch);
  };
  Object.assign(first.redis.publisher, { publish });
  first.say(150);
  const stopped = first.adapter.stop(10_000);
  await clock.advance(6000);
  assert.equal(second.running(), 0);
  answer();
  await stopped;
  await clock.advance(1000);
  assert.deepEqual([second.running(), await prices()], [1, [150]]);
});

test('the symbols are announced, and again after the catalogue was lost', async () => {
  const { clock, run, fanout } = build();
  const { redis } = run('a');
  await clock.advance(1000);
  const symbols = (await fanout.directory.catalogue()).map(({ symbol }) => symbol);
  assert.deepEqual(symbols, ['AAPL', 'TSLA']);
  const announced: number[] = [];
  Object.assign(redis.directory, { announce: async () => announced.push(clock.now()) });
  await clock.advance(10_000);
  assert.equal(announced.length, 2);
});

test('symbols that the source does not bring any more leave the catalogue when another term begins', async () => {
  const { clock, run, fanout } = build();
  const { adapter } = run('a');
  await clock.advance(1000);
  const left = [...(await fanout.directory.catalogue())].map(({ source }) => ({
    symbol: symbolOf('LEFT'),
    source,
  }));
  await fanout.directory.announce(left.slice(0, 1));
  await clock.advance(10_000);
  const names = async () => (await fanout.directory.catalogue()).map(({ symbol }) => symbol as string).sort();
  assert.deepEqual(await names(), ['AAPL', 'LEFT', 'TSLA']);
  const stopped = adapter.stop(1000);
  await clock.advance(6000);
  await stopped;
  run('b');
  await clock.advance(1000);
  assert.deepEqual(await names(), ['AAPL', 'TSLA']);
});

test('a source that announces more than the catalogue takes says so, until it takes all', async () => {
  const { clock, run, fanout } = build();
  const refused: number[] = [];
  const metrics = { ...noMetrics, symbolsRefused: (count: number) => void refused.push(count) };
  const { redis } = run('a', adapterLimits, metrics);
  const { announce } = redis.directory;
  Object.assign(redis.directory, { announce: async () => 1 });
  await clock.advance(2000);
  const problem = async () => (await fanout.directory.sources())[0]?.problem;
  assert.equal(await problem(), 'the catalogue has no room for 1 of the symbols');
  Object.assign(redis.directory, { announce });
  await clock.advance(6000);
  assert.equal(await problem(), undefined);
  assert.deepEqual([refused[0], refused.at(-1)], [1, 0]);
});

test('each process reports its part of a source: who leads, what was published and rejected', async () => {
  const { clock, run, fanout } = build();
  const first = run('a');
  run('b');
  await clock.advance(1000);
  first.say(150);
  first.say(-1);
  first.venues[0]?.sink?.gap(aapl, 7);
  await clock.advance(1000);
  const [leader, other] = await fanout.directory.sources();
  assert.deepEqual(
    [leader?.instance, leader?.state, leader?.published, leader?.rejected, leader?.venueGaps],
    ['a', 'leading', 1, { not_positive: 1 }, 7],
  );
  assert.deepEqual([other?.instance, other?.state], ['b', 'standby']);
});

test('a venue that connects again is counted, and shown with its problem', async () => {
  const { clock, run } = build();
  const { adapter, venues } = run('a');
  await clock.advance(1000);
  venues[0]?.sink?.state('connecting', 'closed by the venue');
  const [status] = adapter.status();
  assert.deepEqual(
    [status?.state, status?.problem, status?.reconnects],
    ['connecting', 'closed by the venue', 1],
  );
});

test('two venues of one id are refused', () => {
  const definition = { source: 'same', createVenue: () => new ScriptedVenue('AAPL') };
  const clock = new FakeClock();
  const fanout = createMemoryFanout({ now: () => 0 }, { replayEntriesMax: 1 });
  const log = createLogger('test', 'silent');
  const metrics = { of: () => noMetrics };
  const deps = { fanout, clock, log, tracer: noTracer, holder: 'a', random: () => 0, metrics };
  assert.throws(
    () => createAdapter({ ...deps, venues: [definition, definition] }, adapterLimits),
    RangeError,
  );
});
