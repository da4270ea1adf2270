import { formatPosition } from '#protocol/position.ts';
import { readMetrics } from '#test/metrics-page.ts';
import type { HubProcess } from '#test/processes.ts';
import type { Bench, Measured } from './bench.ts';
import { processCpuSeconds } from './children.ts';
import type { Closing } from './closing.ts';
import type { Feed } from './feed.ts';
import { openStage, openSwarm, spreadSymbols } from './stage.ts';
import type { Swarm } from './swarm.ts';

/*
 * What does it cost when all clients of a hub come back at once, to one that has just started?
 *
 *   3,000 sockets × 5 of the same 100 symbols, each with `since` 20 to 200 updates back
 *        │  ▲
 *        ▼  │ 1.65 million missed updates            the yardstick: 1.5 million live ones
 *        hub, with nothing in its memory ──▶ Redis: one read per symbol, and the pages that the
 *                                            distance needs, whoever asks and however many
 *
 * Timed: CPU seconds of the hub process, user and system, from the first connect until the last missed update
 * is counted, looked at every 0.05 s; opening the sockets is in it. Nothing is published meanwhile. The
 * yardstick are updates that the same sockets of the same hub then get live, 2,000 ticks/s.
 * Fails when an update is missing or repeated, when somebody gets a reset, or when more reads were made.
 */
const socketCount = 3000;
const symbolCount = 100;
const updatesPerSymbol = 300;
const distanceMin = 20;
const distanceMax = 200;
const liveSeconds = 5;
const liveTicksPerSecond = 2000;
const deadlineMs = 120_000;
/** Of the hub: what a tail reads when it opens, and what one further read brings. */
const tailEntries = 32;
const pageEntries = 500;

const symbols = spreadSymbols(socketCount, 5, symbolCount);
const distances = Array.from({ length: symbolCount }, (_, index) =>
  Math.round(distanceMin + ((distanceMax - distanceMin) * index) / (symbolCount - 1)),
);
const distanceOf = (symbol: string): number => distances[Number(symbol.slice(1))] ?? 0;
const missed = symbols.flat().reduce((sum, symbol) => sum + distanceOf(symbol), 0);
const pages = distances.map((distance) => Math.ceil(Math.max(0, distance - tailEntries) / pageEntries));
const readsMax = symbolCount + pages.reduce((sum, count) => sum + count, 0);

export const bench = {
  unit: 'hub CPU s per 1M updates',
  better: 'lower',
  rows: [
    { name: 'missed updates', against: 'live updates' },
    { name: 'live updates', against: 'live updates' },
  ],
  claims: [{ row: 'missed updates', of: 'ratio', atMost: 2 }],
  async open(closing) {
    const { feed, startHub } = await openStage(closing, symbolCount);
    await feed.publish(symbolCount * updatesPerSymbol, 1);
    return async (row, closingRun) => {
      const hub = await startHub(closingRun, { TAIL_ENTRIES: tailEntries });
      if (row === 'live updates') return live(hub, feed, closingRun);
      return storm(hub, await positionsBack(feed), closingRun);
    };
  },
} satisfies Bench;

/** Where a client stands that has missed the newest updates. */
async function positionsBack({ fanout, symbols: all }: Feed): Promise<Record<string, string>> {
  const entries = await Promise.all(
    all.map(async (symbol) => {
      const [newest] = await fanout.history.before(symbol, undefined, 1);
      if (newest === undefined) throw new Error(`${symbol} has no updates`);
      const { epoch, seq } = newest.position;
      return [symbol, formatPosition({ epoch, seq: seq - distanceOf(symbol) })] as const;
    }),
  );
  return Object.fromEntries(entries);
}

async function storm(
  hub: HubProcess,
  since: Readonly<Record<string, string>>,
  closing: Closing,
): Promise<Measured> {
  const startedAt = performance.now();
  const cpuBefore = processCpuSeconds(hub.pid);
  const swarm = await openSwarm(closing, { port: hub.port, format: 'msgpack', symbols, since });
  const updates = await arrived(swarm, missed, startedAt + deadlineMs);
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuSeconds = processCpuSeconds(hub.pid) - cpuBefore;
  const metrics = await readMetrics(hub);
  const resets = metrics.value('tickwire_hub_resets_total');
  const reads = metrics.value('tickwire_hub_history_reads_total');
  if (updates !== missed || resets > 0)
    throw new Error(`${updates} updates instead of ${missed}, and ${resets} resets`);
  if (reads > readsMax) throw new Error(`${reads} reads of the history, more than ${readsMax}`);
  return {
    value: (cpuSeconds / missed) * 1e6,
    figures: { seconds, 'updates per s': missed / seconds, reads },
  };
}

async function live(hub: HubProcess, feed: Feed, closing: Closing): Promise<Measured> {
  const swarm = await openSwarm(closing, { port: hub.port, format: 'msgpack', symbols });
  const startedAt = performance.now();
  const { updates: before } = await swarm.count();
  const cpuBefore = processCpuSeconds(hub.pid);
  const fanOut = symbols.flat().length / symbolCount;
  const expected = (await feed.publish(liveTicksPerSecond, liveSeconds)) * fanOut;
  const updates = (await arrived(swarm, before + expected, startedAt + deadlineMs)) - before;
  const cpuSeconds = processCpuSeconds(hub.pid) - cpuBefore;
  const seconds = (performance.now() - startedAt) / 1000;
  if (updates !== expected) throw new Error(`${updates} live updates instead of ${expected}`);
  return {
    value: (cpuSeconds / expected) * 1e6,
    figures: { seconds, 'updates per s': expected / seconds, reads: 0 },
  };
}

/** Waits for `updates` while some still come, or until the deadline; returns how many came. */
async function arrived(swarm: Swarm, updates: number, deadline: number): Promise<number> {
  for (let count = 0, before = -1; ; before = count) {
    count = await swarm.settle(updates);
    if (count >= updates || count === before || performance.now() > deadline) return count;
  }
}
