import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { FakeClock } from '#feed-adapter/fake-clock.ts';
import { RecordingSink } from '#feed-adapter/venues/recording-sink.ts';
import type { Venue, VenueTick } from '#feed-adapter/venues/venue.ts';
import { tickFlags } from '#protocol/tick.ts';
import { createSimulatedVenue } from './simulated.ts';

interface Running {
  readonly clock: FakeClock;
  readonly sink: RecordingSink;
  readonly venue: Venue;
}

const room = (): number => 100_000;
const usual = { symbols: 50, ticksPerSecond: 1000, seed: 1 };

function run(t: TestContext, options = usual): Running {
  const clock = new FakeClock();
  const sink = new RecordingSink();
  const venue = createSimulatedVenue(options, { clock, room });
  venue.start(sink);
  t.after(() => venue.stop());
  return { clock, sink, venue };
}

async function ticksOf(t: TestContext, options: typeof usual, ms: number): Promise<readonly VenueTick[]> {
  const { clock, sink } = run(t, options);
  await clock.advance(ms);
  return sink.ticks;
}

/** Ticks that have the same key, in order. */
function groups(ticks: readonly VenueTick[], keyOf: (tick: VenueTick) => string): readonly VenueTick[][] {
  const byKey = new Map<string, VenueTick[]>();
  for (const tick of ticks) {
    const group = byKey.get(keyOf(tick));
    if (group === undefined) byKey.set(keyOf(tick), [tick]);
    else group.push(tick);
  }
  return [...byKey.values()];
}

function bySymbol(ticks: readonly VenueTick[]): readonly VenueTick[][] {
  return groups(ticks, (tick) => tick.symbol);
}

test('the same seed and the same clock give the same ticks, another seed others', async (t) => {
  const ticks = await ticksOf(t, usual, 2000);
  assert.deepEqual(await ticksOf(t, usual, 2000), ticks);
  assert.notDeepEqual(await ticksOf(t, { ...usual, seed: 2 }, 2000), ticks);
});

test('as many ticks come as were asked for, on average', async (t) => {
  for (const [ticksPerSecond, seconds] of [
    [100, 200],
    [1000, 100],
    [100_000, 2],
  ] as const) {
    const ticks = await ticksOf(t, { ...usual, ticksPerSecond }, seconds * 1000);
    const expected = ticksPerSecond * seconds;
    assert.ok(Math.abs(ticks.length / expected - 1) < 0.06, `${ticks.length} instead of ${expected}`);
  }
});

test('arrivals are random and come in bursts: many trades of a symbol in one millisecond', async (t) => {
  const ticks = await ticksOf(t, { ...usual, ticksPerSecond: 100 }, 60_000);
  const bursts = groups(ticks, (tick) => `${tick.symbol} ${tick.venueTime}`);
  const sizes = bursts.map((burst) => burst.length);
  assert.ok(sizes.filter((size) => size === 1).length > sizes.length / 2);
  assert.ok(Math.max(...sizes) > 20, `the longest burst has ${Math.max(...sizes)} trades`);
});

test('prices are whole cents at the bid or the ask, which are apart', async (t) => {
  for (const { price, bid, ask, size, flags } of await ticksOf(t, usual, 10_000)) {
    assert.ok(price !== undefined && bid !== undefined && ask !== undefined && size !== undefined);
    assert.equal(price, Math.round(price * 100) / 100);
    assert.ok(bid < ask && bid > 0 && (price === bid || price === ask), `${bid} ${price} ${ask}`);
    assert.ok(Number.isInteger(size) && size > 0);
    assert.equal(flags, tickFlags.simulated);
  }
});

test('prices move, but no more than the volatility allows', async (t) => {
  for (const ticks of bySymbol(await ticksOf(t, { ...usual, ticksPerSecond: 100 }, 600_000))) {
    const prices = ticks.map((tick) => tick.price ?? Number.NaN);
    const first = prices[0] ?? Number.NaN;
    assert.ok(new Set(prices).size > 3, `${ticks[0]?.symbol}: ${[...new Set(prices)]}`);
    assert.ok(prices.every((price) => Math.abs(price / first - 1) < 0.05));
  }
});

test('within a symbol, volume adds up, ids rise and time does not go back', async (t) => {
  for (const ticks of bySymbol(await ticksOf(t, usual, 5000))) {
    let volume = 0;
    let id = 0;
    let time = 0;
    for (const tick of ticks) {
      volume += tick.size ?? Number.NaN;
      assert.equal(tick.volume, volume);
      assert.ok(Number(tick.tradeId) > id && (tick.venueTime ?? 0) >= time);
      id = Number(tick.tradeId);
      time = tick.venueTime ?? 0;
    }
  }
});

for (const symbols of [1, 50, 50_000]) {
  test(`each of ${symbols} symbols has an opening price within the first half second, before any trade`, async (t) => {
    const ticks = await ticksOf(t, { ...usual, symbols, ticksPerSecond: 0.1 }, 500);
    assert.equal(new Set(ticks.slice(0, symbols).map(({ symbol }) => symbol)).size, symbols);
    assert.ok(ticks.length < symbols + 100, 'a sweep of the book at most');
  });
}

test('opening prices wait for room in the publish queue', async () => {
  const clock = new FakeClock();
  const sink = new RecordingSink();
  const options = { ...usual, symbols: 5000 };
  let taken = 0;
  const venue = createSimulatedVenue(options, { clock, room: () => 700 - (sink.ticks.length - taken) });
  venue.start(sink);
  await clock.advance(100);
  assert.equal(sink.ticks.length, 700);
  taken = 300;
  await clock.advance(100);
  assert.equal(sink.ticks.length, 1000);
  assert.equal(new Set(sink.ticks.map(({ symbol }) => symbol)).size, 1000);
  await venue.stop();
});

test('no tick is from the future, and none is older than a turn', async (t) => {
  const { clock, sink } = run(t);
  for (let step = 0; step < 100; step++) {
    const before = sink.ticks.length;
    await clock.advance(4);
    for (const { venueTime = 0 } of sink.ticks.slice(before))
      assert.ok(venueTime <= clock.now() && venueTime >= clock.now() - 5);
  }
});

test('a later run has ids above those of an earlier one', async (t) => {
  const clock = new FakeClock();
  const sink = new RecordingSink();
  for (let runs = 0; runs < 2; runs++) {
    const venue = createSimulatedVenue({ ...usual, ticksPerSecond: 200_000 }, { clock, room });
    venue.start(sink);
    t.after(() => venue.stop());
    await clock.advance(50);
    await venue.stop();
  }
  const ids = sink.ticks.map((tick) => Number(tick.tradeId));
  assert.ok(ids.every((id, at) => at === 0 || id > (ids[at - 1] ?? 0)));
});

test('the symbols begin with TICK and well-known tickers, and all differ', () => {
  const { symbols } = createSimulatedVenue({ ...usual, symbols: 100_000 }, { clock: new FakeClock(), room });
  assert.deepEqual(symbols.slice(0, 3), ['TICK', 'AAPL', 'MSFT']);
  assert.equal(new Set(symbols).size, 100_000);
  assert.deepEqual(createSimulatedVenue({ ...usual, symbols: 1 }, { clock: new FakeClock(), room }).symbols, [
    'TICK',
  ]);
});

test('a stopped venue says nothing more', async (t) => {
  const { clock, sink, venue } = run(t);
  await clock.advance(100);
  await venue.stop();
  const before = sink.ticks.length;
  await clock.advance(1000);
  assert.equal(sink.ticks.length, before);
  assert.equal(clock.pending, 0);
});

test('options out of their range are refused by name', () => {
  const refused = [
    { ...usual, symbols: 0 },
    { ...usual, symbols: 100_001 },
    { ...usual, symbols: 1.5 },
    { ...usual, ticksPerSecond: 0.05 },
    { ...usual, ticksPerSecond: Number.NaN },
    { ...usual, seed: 0.5 },
  ];
  for (const options of refused)
    assert.throws(() => createSimulatedVenue(options, { clock: new FakeClock(), room }), RangeError);
});

test('with steady arrivals each symbol has its turn, and as many ticks come as were asked for', async (t) => {
  const steady = { ...usual, arrivals: 'steady' as const };
  const all = await ticksOf(t, steady, 2004); // the market begins when its symbols are open, a turn later
  const ticks = all.slice(usual.symbols);
  assert.equal(ticks.length, 2000);
  assert.deepEqual(
    bySymbol(ticks).map((ofSymbol) => ofSymbol.length),
    Array.from({ length: usual.symbols }, () => 40),
  );
  assert.equal(new Set(ticks.slice(0, usual.symbols).map(({ symbol }) => symbol)).size, usual.symbols);
});

test('a steady market stands still while the publish queue is a quarter second behind, and leaves nothing out', async () => {
  const clock = new FakeClock();
  const sink = new RecordingSink();
  const steady = { ...usual, ticksPerSecond: 10_000, arrivals: 'steady' as const };
  let taken = 0;
  const venue = createSimulatedVenue(steady, { clock, room: () => 100_000 - (sink.ticks.length - taken) });
  venue.start(sink);
  await clock.advance(10_000);
  assert.equal(sink.ticks.length, 2500);
  taken = sink.ticks.length;
  await clock.advance(100);
  assert.ok(sink.ticks.length >= 3400 && sink.ticks.length <= 3600, `${sink.ticks.length} ticks`);
  const ids = sink.ticks.map(({ tradeId }) => Number(tradeId));
  assert.equal((ids.at(-1) ?? 0) - (ids[0] ?? 0), ids.length - 1);
  assert.deepEqual(sink.states, ['live']);
  await venue.stop();
});

test('a steady market brings no more than fits into the publish queue', async () => {
  const clock = new FakeClock();
  const sink = new RecordingSink();
  const steady = { ...usual, ticksPerSecond: 200_000, arrivals: 'steady' as const };
  const venue = createSimulatedVenue(steady, { clock, room: () => 700 - sink.ticks.length });
  venue.start(sink);
  await clock.advance(5000);
  assert.equal(sink.ticks.length, 700);
  await venue.stop();
});
