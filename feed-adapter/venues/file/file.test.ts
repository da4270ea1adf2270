import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { FakeClock } from '#feed-adapter/fake-clock.ts';
import { RecordingSink } from '#feed-adapter/venues/recording-sink.ts';
import type { Venue } from '#feed-adapter/venues/venue.ts';
import { parseSymbol, type StockSymbol } from '#protocol/symbol.ts';
import { tickFlags } from '#protocol/tick.ts';
import { createFileVenue, type FileOptions } from './file.ts';
import { writeFixture } from './file-fixtures.ts';

interface Replay {
  readonly clock: FakeClock;
  readonly sink: RecordingSink;
  readonly venue: Venue;
  /** Lets the file be read, and `stepMs` pass again and again, until `condition` holds. */
  until(condition: () => boolean, stepMs?: number): Promise<void>;
}

const symbols: readonly StockSymbol[] = [parseSymbol('IBM')].filter((symbol) => symbol !== undefined);

async function replay(
  t: TestContext,
  content: string,
  options: Partial<FileOptions>,
  room: (ticks: number) => number = () => 100_000,
): Promise<Replay> {
  const path = options.path ?? (await writeFixture(t, 'a.csv', content));
  const clock = new FakeClock();
  const sink = new RecordingSink();
  const venue = createFileVenue(
    { symbols, pace: 'asap', loop: false, ...options, path },
    { clock, room: () => room(sink.ticks.length) },
  );
  venue.start(sink);
  t.after(() => venue.stop());
  async function until(condition: () => boolean, stepMs = 0): Promise<void> {
    const deadline = performance.now() + 60_000;
    while (!condition()) {
      assert.ok(
        performance.now() < deadline,
        `still waiting after ${sink.ticks.length} ticks, ${sink.states}`,
      );
      await clock.advance(stepMs);
    }
  }
  return { clock, sink, venue, until };
}

function csv(...times: readonly number[]): string {
  return ['symbol,time,price,trade_id', ...times.map((ms, i) => `IBM,${1e12 + ms},${i + 1},id${i}`)].join(
    '\n',
  );
}

test('rows become ticks in order, with their own times, and the end of the file is reported', async (t) => {
  const { sink, until } = await replay(t, csv(0, 0, 5, 3), {});
  await until(() => sink.states.includes('ended'));
  assert.deepEqual(sink.states, ['live', 'ended']);
  assert.deepEqual(
    sink.ticks.map((tick) => [tick.price, (tick.venueTime ?? 0) - 1e12]),
    [
      [1, 0],
      [2, 0],
      [3, 5],
      [4, 3],
    ],
  );
});

test('a bad row is rejected with its reason, the rows after it are replayed', async (t) => {
  const content = 'symbol,time,price\nIBM,1,1\nIBM,1\nIBM,never,1\n,1,1\nIBM,1,2\n';
  const { sink, until } = await replay(t, content, {});
  await until(() => sink.states.includes('ended'));
  assert.deepEqual(sink.rejections, ['malformed', 'malformed', 'missing_field']);
  assert.deepEqual(
    sink.ticks.map((tick) => tick.price),
    [1, 2],
  );
});

test('at real time a tick comes when as much time has passed as in the file', async (t) => {
  const { sink, clock, until } = await replay(t, csv(0, 100, 100, 4_000_000_000), { pace: 'realtime' });
  await until(() => sink.ticks.length === 1);
  await until(() => clock.pending > 0);
  await clock.advance(98);
  assert.equal(sink.ticks.length, 1);
  await clock.advance(2);
  assert.equal(sink.ticks.length, 3);
  await clock.advance(3_999_000_000);
  assert.equal(sink.ticks.length, 3);
  await until(() => sink.states.includes('ended'), 1_000_000);
});

for (const [what, ms] of [
  ['long gone', -1e12 + 5],
  ['in ten thousand years', 3e14],
] as const) {
  test(`a row whose time is ${what} holds up no other, first or later`, async (t) => {
    const { sink, clock, until } = await replay(t, csv(ms, 0, ms, 100), { pace: 'realtime' });
    await until(() => sink.ticks.length === 3);
    await until(() => clock.pending > 0);
    await clock.advance(100);
    await until(() => sink.states.includes('ended'));
    assert.deepEqual(
      sink.ticks.map(({ price }) => price),
      [1, 2, 3, 4],
    );
  });
}

test('a pace of ten is ten times faster', async (t) => {
  const { sink, clock, until } = await replay(t, csv(0, 10_000), { pace: 10 });
  await until(() => sink.ticks.length === 1);
  await until(() => clock.pending > 0);
  await clock.advance(990);
  assert.equal(sink.ticks.length, 1);
  await clock.advance(20);
  assert.equal(sink.ticks.length, 2);
});

test('while the publish queue is nearly full the file waits, and goes on where it was', async (t) => {
  const size = 1200;
  const times = Array.from({ length: 5000 }, (_, i) => i);
  let emptied = 0;
  const { clock, sink, until } = await replay(t, csv(...times), {}, (ticks) => emptied + size - ticks);
  while (!sink.states.includes('ended')) {
    await until(() => sink.states.includes('ended') || sink.ticks.length - emptied > 700, 1);
    for (let turns = 0; turns < 20; turns++) await clock.advance(1);
    assert.ok(sink.ticks.length - emptied <= size, `${sink.ticks.length - emptied} ticks wait`);
    emptied = sink.ticks.length;
  }
  assert.deepEqual(
    sink.ticks.map((tick) => tick.price),
    times.map((i) => i + 1),
  );
});

test('what is repeated has no venue time, is marked as simulated and has ids of its own', async (t) => {
  const { sink, venue, until } = await replay(t, csv(0, 5), { loop: true });
  await until(() => sink.ticks.length >= 5);
  await venue.stop();
  const [, , third, , fifth] = sink.ticks;
  assert.deepEqual(third, { symbol: 'IBM', price: 1, tradeId: '2:id0', flags: tickFlags.simulated });
  assert.equal(fifth?.tradeId, '3:id0');
  assert.deepEqual(sink.states, ['live']);
});

test('a file without a single tick ends, even when it should be repeated', async (t) => {
  const { sink, until } = await replay(t, 'symbol,time,price\nIBM,,1\n', { loop: true });
  await until(() => sink.states.length === 2);
  assert.match(sink.states[1] ?? '', /^ended: .*no row is a trade or a quote$/);
});

test('a file that can not be read ends the venue and says why', async (t) => {
  const { sink, until } = await replay(t, '', { path: '/nowhere/a.csv' });
  await until(() => sink.states.length === 2);
  assert.match(sink.states[1] ?? '', /^ended: \/nowhere\/a\.csv: ENOENT/);
});

test('a stopped venue says nothing more, whether it waited for its time or for room', async (t) => {
  const content = csv(...Array.from({ length: 2000 }, (_, i) => i * 1000));
  for (const pace of ['realtime', 'asap'] as const) {
    let room = 501;
    const { sink, clock, venue, until } = await replay(t, content, { pace }, () => room--);
    await until(() => sink.ticks.length > 0);
    await until(() => clock.pending > 0);
    await venue.stop();
    const before = sink.ticks.length;
    assert.ok(before < 2000);
    await clock.advance(100_000);
    assert.equal(sink.ticks.length, before);
    assert.equal(clock.pending, 0);
    assert.deepEqual(sink.states, ['live']);
  }
});

test('a venue that is stopped by what a tick brings about says nothing after it', async (t) => {
  const { sink, venue, until } = await replay(t, csv(1, 2, 3), {});
  let stopped: Promise<void> | undefined;
  sink.tick = (tick) => {
    sink.ticks.push(tick);
    stopped = venue.stop();
  };
  await until(() => stopped !== undefined);
  await stopped;
  assert.equal(sink.ticks.length, 1);
});

test('a pace that is none is refused', () => {
  for (const pace of [0, -1, Number.NaN, 1e7])
    assert.throws(
      () =>
        createFileVenue(
          { path: 'a.csv', symbols, loop: false, pace },
          { clock: new FakeClock(), room: () => 1 },
        ),
      RangeError,
    );
});
