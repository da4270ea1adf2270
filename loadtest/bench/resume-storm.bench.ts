import { formatPosition } from '#protocol/position.ts';
import { readMetrics } from '#test/metrics-page.ts';
import { type HubProcess, startHubProcess } from '#test/processes.ts';
import { startRedis } from '#test/redis/start-redis.ts';
import { processCpuSeconds } from './children.ts';
import { createFeed, type Feed } from './feed.ts';
import { median, printTable } from './statistics.ts';
import { startSwarm } from './swarm.ts';

/*
 * What does it cost when all clients of a hub come back at once, to one that has just started?
 *
 *   10,000 sockets × 5 of the same 100 symbols, each with `since` 20 to 200 updates back
 *        │  ▲
 *        ▼  │ 5.5 million missed updates
 *        hub, with nothing in its memory ──▶ Redis: one read per symbol, and the pages that the
 *                                            distance needs, whoever asks and however many
 *
 * Timed: from the first connect until the last missed update is counted, looked at every 0.2 s; and CPU
 * seconds of the hub process, user and system. Nothing is published meanwhile.
 * Fails when an update is missing or repeated, or when more reads were made than that.
 */
const socketCount = 10_000;
const symbolCount = 100;
const symbolsPerSocket = 5;
const updatesPerSymbol = 300;
const distanceMin = 20;
const distanceMax = 200;
const runs = 3;
const deadlineMs = 180_000;
/** Of the hub: what a tail reads when it opens, and what one further read brings. */
const tailEntries = 32;
const pageEntries = 500;

const names = Array.from({ length: symbolCount }, (_, index) => `S${index}`);
const distances = names.map((_, index) =>
  Math.round(distanceMin + ((distanceMax - distanceMin) * index) / (symbolCount - 1)),
);
const symbolsOf = (socket: number): number[] =>
  Array.from(
    { length: symbolsPerSocket },
    (_, index) => (socket + (index * symbolCount) / symbolsPerSocket) % symbolCount,
  );
const held = Array.from({ length: socketCount }, (_, socket) => symbolsOf(socket));
const symbols = held.map((indexes) => indexes.map((index) => names[index] ?? ''));
const expected = held.flat().reduce((sum, index) => sum + (distances[index] ?? 0), 0);
const pages = distances.reduce(
  (sum, distance) => sum + Math.ceil(Math.max(0, distance - tailEntries) / pageEntries),
  0,
);
const readsMax = symbolCount + pages;

interface Storm {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly reads: number;
  readonly entries: number;
}

/** Where a client stands that has missed the newest `distances` updates. */
async function positionsBack({ fanout, symbols: all }: Feed): Promise<Record<string, string>> {
  const entries = await Promise.all(
    all.map(async (symbol, index) => {
      const [newest] = await fanout.history.before(symbol, undefined, 1);
      if (newest === undefined) throw new Error(`${symbol} has no updates`);
      const { epoch, seq } = newest.position;
      return [symbol, formatPosition({ epoch, seq: seq - (distances[index] ?? 0) })] as const;
    }),
  );
  return Object.fromEntries(entries);
}

async function storm(hub: HubProcess, since: Readonly<Record<string, string>>): Promise<Storm> {
  const startedAt = performance.now();
  const cpuBefore = processCpuSeconds(hub.pid);
  const order = { host: '127.0.0.1', port: hub.port, format: 'msgpack', symbols, since } as const;
  const swarm = await startSwarm(order, 2);
  let updates = 0;
  while (updates < expected && performance.now() - startedAt < deadlineMs) {
    const before = updates;
    updates = await swarm.settle(expected);
    if (updates === before) break; // nothing more comes
  }
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuSeconds = processCpuSeconds(hub.pid) - cpuBefore;
  const metrics = await readMetrics(hub);
  await swarm.stop();
  const resets = metrics.value('tickwire_hub_resets_total');
  if (updates !== expected || resets > 0)
    throw new Error(`${updates} updates instead of ${expected}, and ${resets} resets`);
  const reads = metrics.value('tickwire_hub_history_reads_total');
  const entries = metrics.value('tickwire_hub_history_entries_total');
  return { seconds, cpuSeconds, reads, entries };
}

const redis = await startRedis();
const feed = await createFeed(redis.url, symbolCount);
await feed.publish(symbolCount * updatesPerSymbol, 1);
const since = await positionsBack(feed);
const storms: Storm[] = [];
for (let run = 1; run <= runs; run++) {
  const hub = await startHubProcess({ REDIS_URL: redis.url, TAIL_ENTRIES: tailEntries, LOG_LEVEL: 'warn' });
  const result = await storm(hub, since);
  await hub.end('SIGKILL');
  storms.push(result);
  const { seconds, reads } = result;
  console.log(`run ${run}/${runs}: all resumed after ${seconds.toFixed(1)} s, ${reads} reads`);
}
await feed.fanout.close();
await redis.stop();
const reads = Math.max(...storms.map((result) => result.reads));
printTable([
  {
    sockets: socketCount,
    updates: expected,
    'seconds to all resumed': median(storms.map(({ seconds }) => seconds)),
    'updates per s': Math.round(expected / median(storms.map(({ seconds }) => seconds))),
    'hub CPU s': median(storms.map(({ cpuSeconds }) => cpuSeconds)),
    reads,
    'at most': readsMax,
    'entries read': Math.max(...storms.map(({ entries }) => entries)),
  },
]);
if (reads > readsMax) console.error(`${reads} reads of the history, more than ${readsMax}`);
process.exit(reads > readsMax ? 1 : 0);
