import { setTimeout as delay } from 'node:timers/promises';
import type { Bench } from '#loadtest/bench/harness/bench.ts';
import { processCpuSeconds } from '#loadtest/bench/harness/children.ts';
import { openJudgedSwarm, publishOn } from '#loadtest/bench/stage/judged-swarm.ts';
import { openStage } from '#loadtest/bench/stage/stage.ts';
import { latencyPercentile } from '#loadtest/swarm/counting/latency-histogram.ts';
import { readMetrics } from '#test/harness/metrics-page.ts';
import { freePorts } from '#test/harness/redis/free-ports.ts';

/*
 * A hub dies under load: how soon have its clients what they missed, and what do those of another hub notice?
 *
 *                        ┌─▶ hub A, killed ──✕   10,000 sockets ─┐
 *   feed ──▶ Redis ──────┤                                       │ come back within 4 s,
 *      2,000 ticks/s     └─▶ hub B ◀─────────────────────────────┘ each with `since`
 *     over 5,000 symbols       └──────────────▶ 1,000 sockets that stay
 *
 * 5 of the 5,000 symbols for each socket, MessagePack: two updates a second for each, twice the design load.
 * 2,500 connections a second, as the jitter of clients spreads them. The address of A moves to B: both listen at one port, B at all addresses.
 * Timed: from the kill until every socket is subscribed at B and holds everything that any socket had then.
 * `live p99` is of the sockets that stayed, from the publisher's stamp to the socket read, over the storm;
 * `p99 before` over the second before it. Latency depends on how much CPU the machine has left for all of it.
 * Fails when any update of any socket is missing, repeated or out of order, or when somebody gets a reset.
 */
const stormSockets = 10_000;
const liveSockets = 1000;
const symbolsPerSocket = 5;
const symbolCount = 5000;
const ticksPerSecond = 2000;
const connectionsPerSecond = 2500;
const timeoutMs = 60_000;

/** What the runner measures: the rows, what each is compared with, and what has to hold. */
export const bench = {
  unit: 's until all have resumed',
  better: 'lower',
  runs: 3,
  rows: [{ name: 'storm', against: 'storm' }],
  claims: [{ row: 'storm', of: 'value', atMost: 10 }],
  async open(closing) {
    const { feed, startHub } = await openStage(closing, symbolCount);
    return async (_row, closingRun) => {
      const [port = 0] = await freePorts(1);
      const shared = { PORT: port, SHARE_PORT: 'true' };
      const dying = await startHub(closingRun, { ...shared, HOST: '127.0.0.1' });
      const order = { symbolsPerSocket, rampPerSecond: connectionsPerSecond };
      const storm = await openJudgedSwarm(closingRun, feed, port, {
        ...order,
        ...{ sockets: stormSockets, workers: 2, reconnect: true },
      });
      await storm.untilSubscribed(timeoutMs);
      const hub = await startHub(closingRun, { ...shared, HOST: '0.0.0.0', AUTH_NONE_OK: 1 });
      const live = await openJudgedSwarm(closingRun, feed, port, {
        ...order,
        ...{ host: '127.0.0.2', sockets: liveSockets, workers: 1 },
      });
      await live.untilSubscribed(timeoutMs);
      const publishing = publishOn(closingRun, feed, ticksPerSecond);
      await storm.untilCaughtUp(timeoutMs);
      await live.look();
      await delay(1000);
      const before = latencyPercentile((await live.look()).latencies, 99);

      const cpuBefore = processCpuSeconds(hub.pid);
      const killedAt = performance.now();
      await dying.end('SIGKILL');
      await storm.untilSubscribed(timeoutMs);
      await storm.untilCaughtUp(timeoutMs);
      const seconds = (performance.now() - killedAt) / 1000;
      const during = latencyPercentile((await live.look()).latencies, 99);
      const cpuSeconds = processCpuSeconds(hub.pid) - cpuBefore;

      await publishing.stop();
      await storm.untilCaughtUp(timeoutMs);
      await Promise.all([storm.look(), live.look()]);
      const metrics = await readMetrics(hub);
      const resets = metrics.value('tickwire_hub_resets_total');
      if (resets > 0) throw new Error(`${resets} resets`);
      const reads = metrics.value('tickwire_hub_history_reads_total');
      return {
        value: seconds,
        figures: { 'live p99 ms': during, 'p99 before ms': before, 'hub CPU s': cpuSeconds, reads },
      };
    };
  },
} satisfies Bench;
