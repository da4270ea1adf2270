import type { Bench, Measured } from '#loadtest/bench/harness/bench.ts';
import { processCpuSeconds } from '#loadtest/bench/harness/children.ts';
import type { Closing } from '#loadtest/bench/harness/closing.ts';
import type { Feed } from '#loadtest/bench/stage/feed.ts';
import { openJudgedSwarm } from '#loadtest/bench/stage/judged-swarm.ts';
import { openStage } from '#loadtest/bench/stage/stage.ts';
import type { Position } from '#protocol/position.ts';
import { readMetrics } from '#test/harness/metrics-page.ts';
import type { HubProcess } from '#test/harness/processes.ts';

/*
 * What does it cost when all clients of a hub come back at once, to one that has just started?
 *
 *   2,000 sockets × 5 of the same 100 symbols, each with `since` 20 to 200 updates back
 *        │  ▲
 *        ▼  │ 1.1 million missed updates             the yardstick: 0.6 million live ones
 *        hub, with nothing in its memory ──▶ Redis: one read per symbol, and the pages that the
 *                                            distance needs, whoever asks and however many
 *
 * Timed: CPU seconds of the hub process, user and system, from the first connect until the last missed update
 * is counted, looked at every 0.1 s; opening the sockets is in it. Nothing is published meanwhile. The
 * yardstick are updates that the same sockets of the same hub then get live, 2,000 ticks/s.
 * Fails when an update is missing or repeated, when somebody gets a reset, or when more reads were made.
 */
const socketCount = 2000;
const symbolCount = 100;
const updatesPerSymbol = 300;
const distanceMin = 20;
const distanceMax = 200;
const liveSeconds = 3;
const liveTicksPerSecond = 2000;
const deadlineMs = 120_000;
/** Of the hub: what a tail reads when it opens, and what one further read brings. */
const tailEntries = 32;
const pageEntries = 500;

const symbolsEach = 5;
const socketsOfSymbol = (socketCount * symbolsEach) / symbolCount;
const distances = Array.from({ length: symbolCount }, (_, index) =>
  Math.round(distanceMin + ((distanceMax - distanceMin) * index) / (symbolCount - 1)),
);
const sockets = { sockets: socketCount, symbolsPerSocket: symbolsEach, workers: 2 };
const distanceOf = (symbol: string): number => distances[Number(symbol.slice(1))] ?? 0;
const missed = distances.reduce((sum, distance) => sum + distance * socketsOfSymbol, 0);
const pages = distances.map((distance) => Math.ceil(Math.max(0, distance - tailEntries) / pageEntries));
const readsMax = symbolCount + pages.reduce((sum, count) => sum + count, 0);

/** What the runner measures: the rows, what each is compared with, and what has to hold. */
export const bench = {
  unit: 'hub CPU s per 1M updates',
  better: 'lower',
  rows: [
    { name: 'missed updates', against: 'live updates' },
    { name: 'live updates', against: 'live updates' },
  ],
  runs: 5,
  claims: [{ row: 'missed updates', of: 'ratio', atMost: 2 }],
  async open(closing) {
    const { feed, startHub } = await openStage(closing, symbolCount);
    await feed.publish(symbolCount * updatesPerSymbol, 1);
    return async (row, closingRun) => {
      const hub = await startHub(closingRun, { TAIL_ENTRIES: tailEntries });
      if (row === 'live updates') return live(hub, feed, closingRun);
      return storm(hub, feed, await positionsBack(feed), closingRun);
    };
  },
} satisfies Bench;

/** Where a client stands that has missed the newest updates. */
async function positionsBack({ fanout, symbols: all }: Feed): Promise<Record<string, Position>> {
  const entries = await Promise.all(
    all.map(async (symbol) => {
      const [newest] = await fanout.history.before(symbol, undefined, 1);
      if (newest === undefined) throw new Error(`${symbol} has no updates`);
      const { epoch, seq } = newest.position;
      return [symbol, { epoch, seq: seq - distanceOf(symbol) }] as const;
    }),
  );
  return Object.fromEntries(entries);
}

async function storm(
  hub: HubProcess,
  feed: Feed,
  since: Readonly<Record<string, Position>>,
  closing: Closing,
): Promise<Measured> {
  const startedAt = performance.now();
  const cpuBefore = processCpuSeconds(hub.pid);
  const swarm = await openJudgedSwarm(closing, feed, hub.port, { ...sockets, since });
  await swarm.untilDelivered(missed, deadlineMs);
  const seconds = (performance.now() - startedAt) / 1000;
  const cpuSeconds = processCpuSeconds(hub.pid) - cpuBefore;
  const metrics = await readMetrics(hub);
  const resets = metrics.value('tickwire_hub_resets_total');
  const reads = metrics.value('tickwire_hub_history_reads_total');
  if (resets > 0) throw new Error(`${resets} resets`);
  if (reads > readsMax) throw new Error(`${reads} reads of the history, more than ${readsMax}`);
  return {
    value: (cpuSeconds / missed) * 1e6,
    figures: { seconds, 'updates per s': missed / seconds, reads },
  };
}

async function live(hub: HubProcess, feed: Feed, closing: Closing): Promise<Measured> {
  const swarm = await openJudgedSwarm(closing, feed, hub.port, sockets);
  await swarm.untilSubscribed(deadlineMs);
  const startedAt = performance.now();
  const cpuBefore = processCpuSeconds(hub.pid);
  const expected = (await feed.publish(liveTicksPerSecond, liveSeconds)) * socketsOfSymbol;
  await swarm.untilDelivered(expected, deadlineMs);
  const cpuSeconds = processCpuSeconds(hub.pid) - cpuBefore;
  const seconds = (performance.now() - startedAt) / 1000;
  return {
    value: (cpuSeconds / expected) * 1e6,
    figures: { seconds, 'updates per s': expected / seconds, reads: 0 },
  };
}
