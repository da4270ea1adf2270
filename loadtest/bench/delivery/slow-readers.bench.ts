import { setTimeout as delay } from 'node:timers/promises';
import type { Bench, Measured } from '#loadtest/bench/harness/bench.ts';
import { processCpuSeconds, processResidentBytes } from '#loadtest/bench/harness/children.ts';
import type { Feed } from '#loadtest/bench/stage/feed.ts';
import { type JudgedSwarm, openJudgedSwarm, publishOn } from '#loadtest/bench/stage/judged-swarm.ts';
import { openStage } from '#loadtest/bench/stage/stage.ts';
import { latencyPercentile } from '#loadtest/swarm/counting/latency-histogram.ts';
import { readMetrics } from '#test/harness/metrics-page.ts';
import type { HubProcess } from '#test/harness/processes.ts';

/*
 * What do clients that read well notice of clients that do not?
 *
 *                                    ┌──▶ 4,950 sockets × 5 of 1,000 symbols, measured
 *   feed ──▶ Redis ──▶ hub ──────────┤
 *    1,000 ticks/s                   └──▶ 50 sockets × all of them: 100 KB/s for each, of which they read
 *                                          8 KB/s (row `1 % slow`), or all (row `none slow`)
 *
 * One hub and the same sockets through all runs, A B B A A B B A: it is the 50 that begin and end to be slow. A burst
 * between the runs fills what the kernel keeps for them (megabytes), so that the hub, which keeps 64 KB for a socket,
 * has most of them on its ladder while it is measured; who is closed at its end comes back, and begins anew.
 * Timed: from the publisher's stamp to the read of the 4,950, over 5 s of each run. The claim is about the p99 of all
 * runs of a row together; "worst to best" of `none slow` is what it differs by without any cause. At 25,000
 * deliveries/s the machine has time to spare, so that latency is not that of the generator. `on the ladder` are sockets.
 * Fails when an update is missing, repeated or out of order without a reset, or when the RSS grows further than
 * the buffers of the slow ones and an allowance for garbage.
 */
const fastSockets = 4950;
const slowSockets = 50;
const symbolCount = 1000;
const ticksPerSecond = 1000;
const burstTicksPerSecond = 5000;
const readBytesPerSecond = 8192;
const socketBufferBytes = 65_536;
const garbageBytesMax = 64 * 1024 * 1024;
const residentGrowthMax = slowSockets * 2 * socketBufferBytes + garbageBytesMax;
/** So many count as most. */
const slowEnough = 0.8 * slowSockets;
const warmUpSeconds = 5;
const calmMs = 1500;
const measuredMs = 5000;
const timeoutMs = 60_000;

/** What the runner measures: the rows, what each is compared with, and what has to hold. */
export const bench = {
  unit: 'ms p99 of the others',
  better: 'lower',
  runs: 4,
  rows: [
    { name: 'none slow', against: 'none slow' },
    { name: '1 % slow', against: 'none slow' },
  ],
  claims: [{ row: '1 % slow', of: 'pooled p99 ratio', atMost: 1.1 }],
  async open(closing) {
    const { feed, startHub } = await openStage(closing, symbolCount);
    const hub = await startHub(closing, { SOCKET_BUFFER_BYTES: socketBufferBytes });
    const fast = await openJudgedSwarm(closing, feed, hub.port, {
      ...{ sockets: fastSockets, symbolsPerSocket: 5, workers: 1, rampPerSecond: 4000 },
    });
    await fast.untilSubscribed(timeoutMs);
    const others = await openJudgedSwarm(closing, feed, hub.port, {
      ...{ sockets: slowSockets, symbolsPerSocket: symbolCount, workers: 1, rampPerSecond: 50 },
      ...{ reconnect: true, slow: { share: 1, bytesPerSecond: readBytesPerSecond }, slowAtFirst: false },
    });
    await others.untilSubscribed(timeoutMs);
    await feed.publish(ticksPerSecond, warmUpSeconds);
    const scene: Scene = { feed, hub, fast, others };
    let slow = false;
    let residentAtFirst: number | undefined;
    return async (row, closingRun) => {
      if (slow !== (row === '1 % slow')) {
        slow = !slow;
        await (slow ? slowDown(scene) : speedUp(scene));
      }
      publishOn(closingRun, feed, ticksPerSecond);
      await delay(calmMs);
      residentAtFirst ??= processResidentBytes(hub.pid);
      return measure(scene, residentAtFirst);
    };
  },
} satisfies Bench;

interface Scene {
  readonly feed: Feed;
  readonly hub: HubProcess;
  readonly fast: JudgedSwarm;
  readonly others: JudgedSwarm;
}

/** @throws Error when most of the slow sockets keep up all the same */
async function slowDown({ feed, hub, others }: Scene): Promise<void> {
  await others.slow(true);
  await publishUntil(feed, burstTicksPerSecond, async () => (await onLadder(hub)) >= slowEnough);
}

/** @throws Error when they do not come up the ladder again */
async function speedUp({ feed, hub, others }: Scene): Promise<void> {
  await others.slow(false);
  await publishUntil(feed, ticksPerSecond, async () => (await onLadder(hub)) === 0);
  await others.untilSubscribed(timeoutMs);
}

async function publishUntil(feed: Feed, rate: number, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await holds())) {
    if (performance.now() > deadline)
      throw new Error('the slow sockets did not fall behind, or not catch up');
    await feed.publish(rate, 1);
  }
}

async function onLadder(hub: HubProcess): Promise<number> {
  return (await readMetrics(hub)).value('tickwire_hub_slow_sockets');
}

async function measure({ hub, fast, others }: Scene, residentAtFirst: number): Promise<Measured> {
  await fast.look();
  const cpuBefore = processCpuSeconds(hub.pid);
  await delay(measuredMs);
  const { latencies } = await fast.look();
  const cpuSeconds = processCpuSeconds(hub.pid) - cpuBefore;
  await others.look();
  const growth = processResidentBytes(hub.pid) - residentAtFirst;
  if (growth > residentGrowthMax)
    throw new Error(`the hub's memory grew by ${growth} bytes, more than ${residentGrowthMax}`);
  const figures = {
    'hub CPU s': cpuSeconds,
    'RSS growth MB': growth / 1e6,
    'on the ladder': await onLadder(hub),
  };
  return { value: latencyPercentile(latencies, 99), figures, latencies };
}
