import { setTimeout as delay } from 'node:timers/promises';
import { readMetrics } from '#test/metrics-page.ts';
import type { HubProcess } from '#test/processes.ts';
import type { Bench } from './bench.ts';
import { processCpuSeconds, processResidentBytes } from './children.ts';
import { latencyQuantile, openJudgedSwarm, publishOn } from './judged-swarm.ts';
import { openStage } from './stage.ts';

/*
 * What do clients that read well notice of clients that do not?
 *
 *                                    ┌──▶ 4,950 sockets × 5 of 1,000 symbols, measured
 *   feed ──▶ Redis ──▶ hub ──────────┤
 *    2,000 ticks/s                   └──▶ 50 sockets × all of them: 200 KB/s for each, of which they read
 *                                          16 KB/s (row `1 % slow`), or all (row `none slow`)
 *
 * The slow ones have so many symbols that the buffers of the kernel (megabytes) are soon full; the hub keeps 64 KB
 * for a socket. Measured once most of them have left their lanes: p99 from the publisher's stamp to the read of
 * the 4,950, over 8 s. `RSS growth` of the hub is over all that time; every update of every socket is judged.
 * Fails when an update is missing, repeated or out of order without a reset, or when the RSS grows further than
 * the buffers of the slow ones and an allowance for the garbage of so many seconds.
 */
const fastSockets = 4950;
const slowSockets = 50;
const symbolCount = 1000;
const ticksPerSecond = 2000;
const readBytesPerSecond = 16_384;
const socketBufferBytes = 65_536;
const garbageBytesMax = 64 * 1024 * 1024;
const residentGrowthMax = slowSockets * 2 * socketBufferBytes + garbageBytesMax;
const measuredMs = 8000;
const timeoutMs = 60_000;

const rows = ['1 % slow', 'none slow'] as const;

export const bench = {
  unit: 'ms p99 of the others',
  better: 'lower',
  runs: 5,
  rows: rows.map((name) => ({ name, against: 'none slow' })),
  claims: [{ row: '1 % slow', of: 'ratio', atMost: 1.1 }],
  async open(closing) {
    const { feed, startHub } = await openStage(closing, symbolCount);
    await feed.publish(symbolCount, 1); // every symbol has a last price
    return async (row, closingRun) => {
      const slow = row === '1 % slow';
      const hub = await startHub(closingRun, { SOCKET_BUFFER_BYTES: socketBufferBytes });
      const fast = await openJudgedSwarm(closingRun, feed, hub.port, {
        ...{ sockets: fastSockets, symbolsPerSocket: 5, workers: 1, rampPerSecond: 5000 },
      });
      await fast.untilSubscribed(timeoutMs);
      const others = await openJudgedSwarm(closingRun, feed, hub.port, {
        ...{ sockets: slowSockets, symbolsPerSocket: symbolCount, workers: 1, rampPerSecond: 50 },
        reconnect: true,
        slow: slow ? { share: 1, bytesPerSecond: readBytesPerSecond } : undefined,
      });
      await others.untilSubscribed(timeoutMs);
      const residentBefore = processResidentBytes(hub.pid);
      const publishing = publishOn(closingRun, feed, ticksPerSecond);
      if (slow) await untilMostFell(hub);
      else await delay(measuredMs);

      await fast.look();
      const cpuBefore = processCpuSeconds(hub.pid);
      await delay(measuredMs);
      const p99 = latencyQuantile((await fast.look()).latencies, 0.99);
      const cpuSeconds = processCpuSeconds(hub.pid) - cpuBefore;
      const growth = processResidentBytes(hub.pid) - residentBefore;
      await publishing.stop();
      await fast.untilCaughtUp(timeoutMs);
      await Promise.all([fast.look(), others.look()]);
      if (growth > residentGrowthMax)
        throw new Error(`the hub's memory grew by ${growth} bytes, more than ${residentGrowthMax}`);
      const fallen = (await readMetrics(hub)).value('tickwire_hub_sockets_fallen_total');
      return { value: p99, figures: { 'hub CPU s': cpuSeconds, 'RSS growth MB': growth / 1e6, fallen } };
    };
  },
} satisfies Bench;

/** @throws Error when most of the slow sockets keep up */
async function untilMostFell(hub: HubProcess): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const fallen = (await readMetrics(hub)).value('tickwire_hub_sockets_fallen_total');
    if (fallen > slowSockets / 2) return;
    if (performance.now() > deadline) throw new Error(`only ${fallen} of the slow sockets fell behind`);
    await delay(250);
  }
}
