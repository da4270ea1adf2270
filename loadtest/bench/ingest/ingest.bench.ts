import type { Bench, Measured } from '#loadtest/bench/harness/bench.ts';
import { processCpuSeconds } from '#loadtest/bench/harness/children.ts';
import type { Closing } from '#loadtest/bench/harness/closing.ts';
import { openJudgedSwarm } from '#loadtest/bench/stage/judged-swarm.ts';
import { openStage, type Stage } from '#loadtest/bench/stage/stage.ts';
import { readMetrics } from '#test/harness/metrics-page.ts';
import type { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { until } from '#test/harness/redis/until.ts';

/*
 * How many quotes of 50,000 symbols come in, with a hub that wants them all, and what does each cost?
 *
 *                ┌─▶ script of bare XADDs ─▶ Redis                              (bare XADD)
 *   200,000 ─────┼─▶ publisher ─▶ Redis, which numbers, appends and publishes   (nobody hears)
 *    quotes      └─▶ publisher ─▶ Redis ─▶ hub with 50,000 symbols              (a hub hears all)
 *
 * 100,000 quotes/s are offered for 2 s, in batches of up to 1,000 of which one is under way; each side has a Redis
 * of its own. The hub's 50 clients, 1,000 symbols each, take a class of 60 s, so that next to nothing is sent.
 * Timed: from the first batch until the last quote is in Redis, or in the hub. CPU is user and system; that of the
 * publisher includes the making of the quotes, and the bare one has no ticks to encode.
 * Fails when a quote is missing in Redis or in the hub.
 */
const symbolCount = 50_000;
const sockets = 50;
const seconds = 2;
const quotesPerRun = 100_000 * seconds;
const batchQuotes = 500;
/** As long as a quote's. */
const payload = Buffer.alloc(64, 'q');
const settleMs = 60_000;

/** A way in, to its end: Redis, or a hub behind it. */
interface Side {
  readonly redis: RedisProcess;
  /** Sends the quotes; resolves with their number when Redis has them all. */
  offer(): Promise<number>;
  readonly hub?: { readonly pid: number; received(): Promise<number> };
}

/** What the runner measures: the rows, what each is compared with, and what has to hold. */
export const bench = {
  unit: 'quotes per second',
  better: 'higher',
  rows: [
    { name: 'bare XADD', against: 'bare XADD' },
    { name: 'nobody hears', against: 'bare XADD' },
    { name: 'a hub hears all', against: 'bare XADD' },
  ],
  runs: 5,
  warmUpRuns: 1,
  claims: [{ row: 'a hub hears all', of: 'ratio', atLeast: 0.3 }],
  async open(closing) {
    const sides = {
      'bare XADD': await openBare(closing),
      'nobody hears': sideOf(await openStage(closing, symbolCount)),
      'a hub hears all': await openHub(closing),
    };
    return (row) => measure(sides[row as keyof typeof sides]);
  },
} satisfies Bench;

async function openBare(closing: Closing): Promise<Side> {
  const redis = await startRedis();
  closing.defer(() => redis.stop());
  const keys = Array.from({ length: symbolCount }, (_, i) => `quotes:S${i}`);
  const append = "for i = 1, #KEYS do redis.call('XADD', KEYS[i], '*', 't', ARGV[1]) end";
  let sent = 0;
  return {
    redis,
    async offer() {
      for (let left = quotesPerRun; left > 0; left -= batchQuotes) {
        const batch = Array.from({ length: batchQuotes }, () => keys[sent++ % symbolCount] ?? '');
        await redis.client.eval(append, batch.length, ...batch, payload);
      }
      return quotesPerRun;
    },
  };
}

async function openHub(closing: Closing): Promise<Side> {
  const stage = await openStage(closing, symbolCount);
  const hub = await stage.startHub(closing);
  const order = { sockets, symbolsPerSocket: symbolCount / sockets, workers: 1, frequency: 60_000 };
  const swarm = await openJudgedSwarm(closing, stage.feed, hub.port, order);
  await swarm.untilSubscribed(settleMs);
  const received = async () => (await readMetrics(hub)).value('tickwire_hub_updates_received_total');
  return { ...sideOf(stage), hub: { pid: hub.pid, received } };
}

function sideOf({ redis, feed }: Stage): Side {
  return { redis, offer: () => feed.publish(quotesPerRun / seconds, seconds) };
}

async function measure({ redis, offer, hub }: Side): Promise<Measured> {
  const before = { added: await entriesAdded(redis), received: (await hub?.received()) ?? 0 };
  const cpuBefore = await cpuOf(redis, hub?.pid);
  const startedAt = performance.now();
  const quotes = await offer();
  if (hub !== undefined)
    await until(
      'the hub has every quote',
      async () => (await hub.received()) - before.received >= quotes,
      settleMs,
    );
  const elapsedSeconds = (performance.now() - startedAt) / 1000;
  const cpuAfter = await cpuOf(redis, hub?.pid);
  const added = (await entriesAdded(redis)) - before.added;
  const received = hub === undefined ? quotes : (await hub.received()) - before.received;
  if (added !== quotes || received !== quotes)
    throw new Error(`of ${quotes} quotes ${added} are in Redis, and the hub received ${received}`);
  const perQuote = (part: keyof Cpu): number => ((cpuAfter[part] - cpuBefore[part]) / quotes) * 1e6;
  return {
    value: quotes / elapsedSeconds,
    figures: {
      'publisher µs': perQuote('publisher'),
      'Redis µs': perQuote('redis'),
      ...(hub !== undefined && { 'hub µs': perQuote('hub') }),
    },
  };
}

/** Seconds. */
interface Cpu {
  readonly publisher: number;
  readonly redis: number;
  readonly hub: number;
}

async function cpuOf(redis: RedisProcess, hubPid: number | undefined): Promise<Cpu> {
  const { user, system } = process.cpuUsage();
  const info = await redis.client.info('cpu');
  const used = (name: string): number =>
    Number(new RegExp(`^used_cpu_${name}:([\\d.]+)`, 'm').exec(info)?.[1]);
  return {
    publisher: (user + system) / 1e6,
    redis: used('user') + used('sys'),
    hub: hubPid === undefined ? 0 : processCpuSeconds(hubPid),
  };
}

/** Entries that were ever added to any stream, trimmed ones included. */
async function entriesAdded({ client }: RedisProcess): Promise<number> {
  const count = `
    local added, cursor = 0, ARGV[1]
    local page = redis.call('SCAN', cursor, 'COUNT', 5000, 'TYPE', 'stream')
    for _, key in ipairs(page[2]) do
      local info = redis.call('XINFO', 'STREAM', key)
      for i = 1, #info - 1, 2 do
        if info[i] == 'entries-added' then added = added + info[i + 1] end
      end
    end
    return {page[1], added}`;
  let added = 0;
  let cursor = '0';
  do {
    const [next, found] = (await client.eval(count, 0, cursor)) as [string, number];
    cursor = next;
    added += found;
  } while (cursor !== '0');
  return added;
}
