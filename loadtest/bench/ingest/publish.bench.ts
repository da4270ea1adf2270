import { Redis } from 'ioredis';
import { symbolOf } from '#fanout/fixtures.ts';
import { streamKey } from '#fanout/redis/keys.ts';
import { connectionTo, openFanout, testLimits } from '#fanout/redis/redis-fixtures.ts';
import type { Bench, Measured } from '#loadtest/bench/harness/bench.ts';
import type { Closing } from '#loadtest/bench/harness/closing.ts';
import type { Tick } from '#protocol/tick.ts';
import { encodeTick } from '#protocol/tick-payload.ts';
import type { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';

/*
 * Does one script call per batch beat one XADD and one PUBLISH per tick?
 *
 *                     ┌── script:    evalsha(500 ticks) ──────────────┐
 *    60,000 ticks ────┤                                               ├──▶ one redis-server
 *   (500 per batch)   └── pipeline:  500 × (XADD + PUBLISH), exec() ──┘    1,000 symbols, no subscriber
 *
 * Timed: from the first batch sent to the last answer, encoding included. Each source has one batch under
 * way. With one source, publisher and Redis wait for each other in turns; with two, one batch is written
 * while Redis works on the other. Both ways take turns on the same server, emptied before each run.
 * Fails when the streams do not hold every tick of a run.
 */
const batchTicks = 500;
const batches = 120;
const symbolCount = 1000;
/** More than a run brings to one symbol, so that no entry is trimmed and XLEN counts all. */
const replayEntriesMax = 10_000;
const symbols = Array.from({ length: symbolCount }, (_, i) => symbolOf(`S${i}`));

interface Row {
  readonly way: 'script' | 'pipeline';
  readonly sources: number;
}

const rows: Readonly<Record<string, Row>> = {
  'script, two sources': { way: 'script', sources: 2 },
  'pipeline, two sources': { way: 'pipeline', sources: 2 },
  'script, one source': { way: 'script', sources: 1 },
  'pipeline, one source': { way: 'pipeline', sources: 1 },
};

/** What the runner measures: the rows, what each is compared with, and what has to hold. */
export const bench = {
  unit: 'ticks per second',
  better: 'higher',
  rows: [
    { name: 'script, two sources', against: 'pipeline, two sources' },
    { name: 'pipeline, two sources', against: 'pipeline, two sources' },
    { name: 'script, one source', against: 'pipeline, one source' },
    { name: 'pipeline, one source', against: 'pipeline, one source' },
  ],
  warmUpRuns: 1,
  claims: [{ row: 'script, two sources', of: 'ratio', atLeast: 3 }],
  async open(closing) {
    const server = await startRedis();
    closing.defer(() => server.stop());
    const ways = { script: await openScript(server, closing), pipeline: openPipeline(server, closing) };
    return async (name) => {
      const row = rows[name];
      if (row === undefined) throw new Error(`${name} is no row`);
      return time(server, ways[row.way], row.sources);
    };
  },
} satisfies Bench;

/** Publishes one batch, the `number`th of its source. */
type Way = (source: string, number: number, ticks: readonly Tick[]) => Promise<void>;

async function openScript(server: RedisProcess, closing: Closing): Promise<Way> {
  const limits = { ...testLimits, replayEntriesMax, commandTimeoutMs: 5000 };
  const fanout = await openFanout(connectionTo(server.url), undefined, limits);
  closing.defer(() => fanout.close());
  return async (source, number, ticks) => {
    const { outcome } = await fanout.publisher.publish({ source, token: 1, number, ticks });
    if (outcome !== 'published') throw new Error(`the batch was ${outcome}`);
  };
}

function openPipeline(server: RedisProcess, closing: Closing): Way {
  const plain = new Redis(server.port, '127.0.0.1', { commandTimeout: 5000 });
  closing.defer(async () => plain.disconnect());
  return async (_source, _number, ticks) => {
    const commands = plain.pipeline();
    for (const tick of ticks) {
      const key = streamKey(tick.symbol);
      const payload = Buffer.from(encodeTick(tick));
      commands.xadd(key, 'MAXLEN', '~', replayEntriesMax, '*', 't', payload);
      commands.publish(key, payload);
    }
    for (const [error] of (await commands.exec()) ?? []) if (error !== null) throw error;
  };
}

async function time(server: RedisProcess, way: Way, sources: number): Promise<Measured> {
  await server.client.flushall();
  const shares = Array.from({ length: sources }, (_, k) => batchesOf(k, sources));
  const cpu = process.cpuUsage();
  const started = performance.now();
  await Promise.all(shares.map((share, k) => publishAll(way, `source-${k}`, share)));
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await checkCount(server);
  const count = batches * batchTicks;
  return { value: count / seconds, figures: { 'publisher CPU µs a tick': (user + system) / count } };
}

/** Every `sources`th batch, from the `k`th on. */
function batchesOf(k: number, sources: number): Tick[][] {
  return Array.from({ length: batches / sources }, (_, index) =>
    Array.from({ length: batchTicks }, (_, i) => tickAt((index * sources + k) * batchTicks + i)),
  );
}

async function publishAll(way: Way, source: string, share: readonly (readonly Tick[])[]): Promise<void> {
  for (const [index, ticks] of share.entries()) await way(source, index + 1, ticks);
}

/** A trade with a quote; its payload has 64 bytes, give or take a few. */
function tickAt(number: number): Tick {
  const price = 100 + (number % 997) / 100 + 0.005;
  return {
    symbol: symbols[number % symbolCount] ?? symbolOf('S0'),
    price,
    bid: price - 0.01,
    ask: price + 0.01,
    size: 100,
    volume: number,
    source: 'benchmarks',
    venueTime: 1_731_000_000_000 + number,
    receivedAt: 1_731_000_000_001 + number,
    flags: 0,
  };
}

async function checkCount(server: RedisProcess): Promise<void> {
  const lengths = server.client.pipeline();
  for (const symbol of symbols) lengths.xlen(streamKey(symbol));
  const counts = ((await lengths.exec()) ?? []).map(([, count]) => Number(count));
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total !== batches * batchTicks)
    throw new Error(`${total} of ${batches * batchTicks} ticks are in Redis`);
}
