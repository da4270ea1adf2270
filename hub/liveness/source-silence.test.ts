import assert from 'node:assert/strict';
import { test } from 'node:test';
import { reportLeading } from '#fanout/fixtures.ts';
import { createMemoryFanout } from '#fanout/memory/memory-fanout.ts';
import { symbolOf } from '#hub/fixtures.ts';
import { createSourceSilence } from './source-silence.ts';
import { staleMessage } from './stale-causes.ts';

const sourceStaleAfterMs = 2000;

/** The watch over the source of all symbols, which the catalogue names, with a clock that the test moves. */
function build() {
  const clock = { ms: 1_000_000 };
  const now = (): number => clock.ms;
  const { directory } = createMemoryFanout({ now, elapsedMs: now }, { replayEntriesMax: 1 });
  const announced = new Set(['nasdaq']);
  const silence = createSourceSilence(
    { directory, announced: () => announced, sourceOf: () => 'nasdaq', now, elapsedMs: now },
    { sourceStaleAfterMs },
  );
  const pass = async (ms: number): Promise<void> => {
    await silence.refresh();
    clock.ms += ms;
    await silence.refresh();
  };
  return { directory, announced, silence, pass, cause: () => silence.causes.get('nasdaq') };
}

test('a source that nobody ever reported is silent since it was first looked for', async () => {
  const { pass, cause } = build();
  await pass(sourceStaleAfterMs - 1);
  assert.equal(cause(), undefined);
  await pass(1);
  assert.equal(cause()?.since, 1_000_000);
  assert.equal(cause()?.unreported, true);
  assert.equal(cause()?.covers?.(symbolOf('AAPL')), true);
});

test('when it is reported at last, and still silent, it is the same to clients and one of the reported to us', async () => {
  const { directory, pass, cause } = build();
  await pass(sourceStaleAfterMs);
  const before = cause();
  const counts = { symbols: 1, published: 0, rejected: {}, gaveUp: 0, venueGaps: 0, reconnects: 0 };
  await directory.report({ source: 'nasdaq', instance: 'a', state: 'connecting', ...counts }, 60_000);
  await pass(1);
  assert.deepEqual([cause()?.since, cause()?.unreported], [before?.since, undefined]);
  assert.equal(cause()?.covers, before?.covers);
});

test('it is silent no more when somebody brings its prices, and unreported never again', async () => {
  const { directory, pass, cause } = build();
  await pass(sourceStaleAfterMs);
  await reportLeading(directory, 'nasdaq', 1000);
  await pass(0);
  assert.equal(cause(), undefined);
  await pass(1000);
  await pass(sourceStaleAfterMs);
  assert.deepEqual([cause()?.since, cause()?.unreported], [1_002_000, undefined]);
});

test('a last tick that lies ahead of every clock does not end the hub: it is silent from now at the latest', async () => {
  const { directory, pass, cause } = build();
  const counts = { symbols: 1, published: 0, rejected: {}, gaveUp: 0, venueGaps: 0, reconnects: 0 };
  const report = { source: 'nasdaq', instance: 'a', state: 'connecting', ...counts } as const;
  await directory.report({ ...report, lastTickAt: 8.64e15 }, 60_000);
  await pass(sourceStaleAfterMs);
  const told = cause();
  assert.ok(told);
  assert.equal(staleMessage(told, [symbolOf('AAPL')])?.since, new Date(1_002_000).toISOString());
});

test('invented sources are forgotten when there are too many, those of the catalogue are not', async () => {
  const { directory, silence, pass, cause } = build();
  for (let i = 0; i < 5000; i++) await reportLeading(directory, `invented${i}`, 1000);
  await pass(1001);
  await pass(sourceStaleAfterMs);
  assert.ok(cause());
  assert.deepEqual([...silence.causes.keys()], ['nasdaq']);
});
