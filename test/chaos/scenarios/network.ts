import type { Scenario } from '#test/chaos/scenario.ts';
import type { ProxyLink, TcpProxy } from '#test/chaos/tcp-proxy.ts';
import { heartbeatMs } from '#test/chaos/test-cluster.ts';
import { lasts } from '#test/chaos/timed.ts';
import type { Trial } from '#test/chaos/trial.ts';
import { busiestHub, leader } from './processes.ts';
import { promiseFlow } from './redis-standalone.ts';

/** Faults of the network, made by the suite's proxy. */
export const networkScenarios: readonly Scenario[] = [
  {
    name: 'clients-silent',
    fault: `every fifth client's connection carries nothing for ${4 * heartbeatMs} ms (black hole)`,
    redis: 'standalone',
    async run(trial) {
      const links = everyFifth(trial.testCluster.balancer.proxy);
      const silentAt = trial.fault();
      for (const link of links) link.impair({ kind: 'black_hole' });
      await lasts(4 * heartbeatMs);
      promiseBack(trial, silentAt);
      for (const link of links) link.impair({ kind: 'none' });
    },
  },
  {
    name: 'clients-half-open',
    fault: 'of every fifth client the hub has lost the connection, and the client does not know',
    redis: 'standalone',
    async run(trial) {
      const lostAt = trial.fault();
      for (const link of everyFifth(trial.testCluster.balancer.proxy)) link.loseUpstream();
      await lasts(4 * heartbeatMs);
      promiseBack(trial, lostAt);
    },
  },
  {
    name: 'clients-reset',
    fault: 'every connection of every client is reset in the same moment',
    redis: 'standalone',
    async run(trial) {
      const resetAt = trial.fault();
      trial.testCluster.balancer.proxy.reset();
      await trial.testCluster.allLive(20_000);
      const worst = Math.max(0, ...trial.recoveries(resetAt));
      trial.promiseWithin('all live again', worst, 10_000);
    },
  },
  {
    name: 'clients-far',
    fault: 'all clients are 150 ms away',
    redis: 'standalone',
    async run(trial) {
      const { proxy } = trial.testCluster.balancer;
      trial.fault();
      proxy.impair({ kind: 'delay', ms: 150 });
      await lasts(3000);
      proxy.impair({ kind: 'none' });
    },
  },
  {
    name: 'hub-slow-line',
    fault: 'one hub has a line of 4 KB/s to Redis for 6 s',
    redis: 'standalone',
    async run(trial) {
      const place = busiestHub(trial.testCluster);
      trial.fault();
      place.proxy?.impair({ kind: 'throttle', bytesPerSecond: 4000 });
      await lasts(6000);
      place.proxy?.impair({ kind: 'none' });
      await trial.testCluster.allLive(20_000);
    },
  },
  {
    name: 'hub-half-open',
    fault: 'Redis has lost the connections of one hub, and the hub does not know',
    redis: 'standalone',
    async run(trial) {
      const place = busiestHub(trial.testCluster);
      const lostAt = trial.fault();
      for (const link of place.proxy?.links ?? []) link.loseUpstream();
      await trial.testCluster.allLive(20_000);
      const worst = Math.max(0, ...trial.recoveries(lostAt));
      trial.promiseWithin('the hub notices and goes on', worst, 10_000);
    },
  },
  {
    name: 'adapter-cut-off',
    fault: 'the leading adapter hears nothing of Redis for 7 s (black hole); its standby takes over',
    remark:
      'What a fenced-off leader has left in its queue is dropped: it was never numbered, so nobody has a gap. The adapter ' +
      'says so by `history_unavailable` when it leads again. The resets here come from adapter-frozen, which ran before; ' +
      'run alone, this scenario has none.',
    redis: 'standalone',
    async run(trial) {
      const { proxy } = await leader(trial.testCluster);
      const before = trial.testCluster.clients.users.reduce((sum, user) => sum + user.connections, 0);
      const cutAt = trial.fault();
      proxy?.impair({ kind: 'black_hole' });
      await lasts(7000);
      proxy?.impair({ kind: 'none' });
      await promiseFlow(trial, cutAt + 3000, before);
    },
  },
];

function everyFifth(proxy: TcpProxy): ProxyLink[] {
  return [...proxy.links].filter((_, i) => i % 5 === 0);
}

/** A client notices after two heartbeats. */
function promiseBack(trial: Trial, since: number): void {
  const worst = Math.max(0, ...trial.recoveries(since));
  trial.promiseWithin('all live on another connection', worst, 2 * heartbeatMs + 3000);
}
