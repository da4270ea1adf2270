/**
 * Does one script call per batch beat one XADD and one PUBLISH per tick?
 *
 *                     ┌── script:    evalsha(500 ticks) ──────────────┐
 *    60,000 ticks ────┤                                               ├──► one redis-server
 *   (500 per batch)   └── pipeline:  500 × (XADD + PUBLISH), exec() ──┘    1,000 symbols, no subscriber
 *
 * Timed: from the first batch sent to the last answer, encoding included. Each source has one batch under
 * way, as adapters do. With one source, publisher and Redis wait for each other in turns; with two, one
 * batch is written while Redis works on the other, and that is what has to hold: ratio 3 or more.
 * Unit: ticks per second, and microseconds of this process's CPU per tick. Both ways take turns on the
 * same server, emptied before each run; a run counts only when the streams hold every tick of it.
 * Exits with 1 when a tick is missing or the median ratio with two sources is below 3.
 *
 *   npx tsx loadtest/bench/publish.bench.ts
 */
import { Redis } from 'ioredis';
import { symbolOf } from '#fanout/fixtures.ts';
import { streamKey } from '#fanout/keys.ts';
import { connectionTo, openFanout, testLimits } from '#fanout/redis-fixtures.ts';
import type { Tick } from '#protocol/tick.ts';
import { encodeTick } from '#protocol/tick-payload.ts';
import { startRedis } from '#test/redis/start-redis.ts';
import { median, printTable, spreadPercent } from './statistics.ts';

const runsEach = 7;
const warmUpRuns = 1;
const batchTicks = 500;
const batches = 120;
const symbolCount = 1000;
const sourceCounts = [1, 2] as const;
/** More than a run brings to one symbol, so that no entry is trimmed and XLEN counts all. */
const replayEntriesMax = 10_000;
const ratioMin = 3;

/** Publishes one batch, the `number`th of its source. */
type Way = (source: string, number: number, ticks: readonly Tick[]) => Promise<void>;

interface Run {
  readonly ticksPerSecond: number;
  readonly cpuMicrosPerTick: number;
}

const symbols = Array.from({ length: symbolCount }, (_, i) => symbolOf(`S${i}`));
const server = await startRedis();
const plain = new Redis(server.port, '127.0.0.1');
const fanout = await openFanout(connectionTo(server.url), undefined, {
  ...testLimits,
  replayEntriesMax,
  commandTimeoutMs: 5000,
});

const script: Way = async (source, number, ticks) => {
  const { outcome } = await fanout.publisher.publish({ source, token: 1, number, ticks });
  if (outcome !== 'published') throw new Error(`the batch was ${outcome}`);
};

const pipeline: Way = async (_source, _number, ticks) => {
  const commands = plain.pipeline();
  for (const tick of ticks) {
    const key = streamKey(tick.symbol);
    const payload = Buffer.from(encodeTick(tick));
    commands.xadd(key, 'MAXLEN', '~', replayEntriesMax, '*', 't', payload);
    commands.publish(key, payload);
  }
  for (const [error] of (await commands.exec()) ?? []) if (error !== null) throw error;
};

try {
  const payloadBytes = encodeTick(tickAt(0)).byteLength;
  console.log(`${payloadBytes} bytes a payload, ${batchTicks} ticks a batch, ${runsEach} runs of each kind`);
  for (const sourceCount of sourceCounts) {
    const ratio = await compare(sourceCount);
    if (sourceCount === 2 && ratio < ratioMin) {
      console.error(`with two sources the script should be at least ${ratioMin} times as fast`);
      process.exitCode = 1;
    }
  }
} finally {
  await fanout.close();
  plain.disconnect();
  await server.stop();
}

/** Prints both ways side by side; returns how many times as fast the script is. */
async function compare(sourceCount: number): Promise<number> {
  const runs = { pipeline: [] as Run[], script: [] as Run[] };
  for (let run = -warmUpRuns; run < runsEach; run++) {
    const pair = { pipeline: await time(pipeline, sourceCount), script: await time(script, sourceCount) };
    if (run < 0) continue;
    runs.pipeline.push(pair.pipeline);
    runs.script.push(pair.script);
  }
  printTable([
    summarise('pipeline', sourceCount, runs.pipeline),
    summarise('script', sourceCount, runs.script),
  ]);
  const ratio = median(
    runs.script.map((run, i) => run.ticksPerSecond / (runs.pipeline[i]?.ticksPerSecond ?? 0)),
  );
  console.log(`script ÷ pipeline = ${ratio.toFixed(2)}`);
  return ratio;
}

async function time(way: Way, sourceCount: number): Promise<Run> {
  await server.client.flushall();
  const shares = Array.from({ length: sourceCount }, (_, k) => batchesOf(k, sourceCount));
  const cpu = process.cpuUsage();
  const started = performance.now();
  await Promise.all(shares.map((share, k) => publishAll(way, `source-${k}`, share)));
  const seconds = (performance.now() - started) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  await checkCount();
  const count = batches * batchTicks;
  return { ticksPerSecond: count / seconds, cpuMicrosPerTick: (user + system) / count };
}

/** Every `sourceCount`th batch, from the `k`th on. */
function batchesOf(k: number, sourceCount: number): Tick[][] {
  return Array.from({ length: batches / sourceCount }, (_, index) =>
    Array.from({ length: batchTicks }, (_, i) => tickAt((index * sourceCount + k) * batchTicks + i)),
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

async function checkCount(): Promise<void> {
  const lengths = server.client.pipeline();
  for (const symbol of symbols) lengths.xlen(streamKey(symbol));
  const counts = ((await lengths.exec()) ?? []).map(([, count]) => Number(count));
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total !== batches * batchTicks)
    throw new Error(`${total} of ${batches * batchTicks} ticks are in Redis`);
}

function summarise(way: string, sourceCount: number, runs: readonly Run[]) {
  const rates = runs.map((run) => run.ticksPerSecond);
  return {
    sources: sourceCount,
    way,
    'ticks/s (median)': Math.round(median(rates)),
    'spread %': spreadPercent(rates),
    'CPU µs/tick': median(runs.map((run) => run.cpuMicrosPerTick)),
  };
}
