import type { Scenario } from '#test/chaos/scenario.ts';
import { heartbeatMs, type TestCluster } from '#test/chaos/test-cluster.ts';
import { lasts, moment } from '#test/chaos/timed.ts';
import { medianMs, type Trial } from '#test/chaos/trial.ts';
import { readMetrics } from '#test/harness/metrics-page.ts';
import { readiness } from '#test/harness/pages.ts';
import { connectRaw } from '#test/harness/raw-client.ts';

/** A standby asks for the lease every second, and the lease ends 3 s after the leader's last renewal. */
const takeoverMaxMs = 3000 + 1000 + 1000;

/** Faults of Tickwire's own processes. */
export const processScenarios: readonly Scenario[] = [
  {
    name: 'hub-killed',
    fault: '`kill -9` of a hub',
    redis: 'standalone',
    async run(trial) {
      const place = busiestHub(trial.testCluster);
      const killedAt = trial.fault();
      await place.process.end('SIGKILL');
      await trial.testCluster.allLive(20_000);
      promiseMoved(trial, killedAt, 3000, 10_000);
      await trial.testCluster.startHub(place);
    },
  },
  {
    name: 'hub-frozen',
    fault: `a hub stands still for ${4 * heartbeatMs} ms (SIGSTOP), with its sockets open`,
    redis: 'standalone',
    async run(trial) {
      const place = busiestHub(trial.testCluster);
      const frozenAt = trial.fault();
      place.process.signal('SIGSTOP');
      await lasts(4 * heartbeatMs);
      const noticeMs = 2 * heartbeatMs;
      promiseMoved(trial, frozenAt, noticeMs + 3000, noticeMs + 10_000);
      const thawedAt = performance.now();
      place.process.signal('SIGCONT');
      const readyAt = await moment(
        'the thawed hub is ready',
        async () => (await readiness(place.process)) === 200,
      );
      trial.promiseWithin('thawed, the hub is ready', readyAt - thawedAt, 5000);
      await promiseServes(trial, place, thawedAt);
    },
  },
  {
    name: 'hub-blocked',
    fault: "a hub's event loop is blocked for 2 s",
    redis: 'standalone',
    async run(trial) {
      const place = busiestHub(trial.testCluster);
      const before = connections(trial.testCluster);
      const blockedAt = trial.fault();
      place.process.signal('SIGSTOP');
      await lasts(2000);
      place.process.signal('SIGCONT');
      await trial.testCluster.allLive(20_000);
      const opened = connections(trial.testCluster) - before;
      trial.promise('no client lost its socket', `${opened} new connections`, opened === 0);
      trial.promiseWithin('all live again', Math.max(0, ...trial.recoveries(blockedAt)), 2000 + 1000);
    },
  },
  {
    name: 'adapter-killed',
    fault: '`kill -9` of the adapter that leads; its standby takes over',
    redis: 'standalone',
    async run(trial) {
      const place = await leader(trial.testCluster);
      const killedAt = trial.fault();
      await place.process.end('SIGKILL');
      await trial.testCluster.allLive(20_000);
      promiseTakeover(trial, killedAt);
      await trial.testCluster.startFeed(place);
    },
  },
  {
    name: 'adapter-frozen',
    fault: 'the adapter that leads stands still for 7 s, and then goes on as if it led',
    redis: 'standalone',
    async run(trial) {
      const place = await leader(trial.testCluster);
      const frozenAt = trial.fault();
      place.process.signal('SIGSTOP');
      await lasts(7000);
      promiseTakeover(trial, frozenAt);
      place.process.signal('SIGCONT');
      await lasts(1500); // what it has left must be refused
    },
  },
  {
    name: 'hub-clock',
    fault: "a hub's clock jumps an hour ahead, then two back, then is right again",
    redis: 'standalone',
    async run(trial) {
      const place = busiestHub(trial.testCluster);
      trial.fault();
      for (let jump = 0; jump < 3; jump++) {
        place.process.signal('SIGUSR2');
        await lasts(2500);
      }
      promiseUnnoticed(trial);
    },
  },
  {
    name: 'adapter-clock',
    fault: "the leading adapter's clock jumps an hour ahead, then two back, then is right again",
    redis: 'standalone',
    async run(trial) {
      const place = await leader(trial.testCluster);
      trial.fault();
      for (let jump = 0; jump < 3; jump++) {
        place.process.signal('SIGUSR2');
        await lasts(2500);
      }
      promiseUnnoticed(trial);
    },
  },
];

/** The hub that has most clients. */
export function busiestHub({ hubs, balancer }: TestCluster): TestCluster['hubs'][number] {
  const [busiest] = hubs.toSorted(
    (a, b) => balancer.linksOf(b.process).length - balancer.linksOf(a.process).length,
  );
  if (busiest === undefined) throw new Error('the test cluster has no hub');
  return busiest;
}

export function connections({ clients }: TestCluster): number {
  return clients.users.reduce((sum, user) => sum + user.connections, 0);
}

/** The adapter that leads; with its proxy. */
export async function leader({ feeds }: TestCluster): Promise<TestCluster['feeds'][number]> {
  const leading = await Promise.all(
    feeds.map(async ({ process }) => (await readMetrics(process)).value('tickwire_feed_leading')),
  );
  const place = feeds[leading.indexOf(1)];
  if (place === undefined) throw new Error('no adapter leads');
  return place;
}

function promiseMoved(trial: Trial, since: number, medianMaxMs: number, allMaxMs: number): void {
  const live = trial.recoveries(since);
  trial.promiseWithin(`clients live elsewhere, median of ${live.length}`, medianMs(live), medianMaxMs);
  trial.promiseWithin('clients live elsewhere, all', Math.max(0, ...live), allMaxMs);
}

/** A client that comes to the hub now gets updates there. */
async function promiseServes(
  trial: Trial,
  { process }: TestCluster['hubs'][number],
  since: number,
): Promise<void> {
  const client = await connectRaw(process.url);
  client.send({ type: 'subscribe', symbols: trial.testCluster.witness.symbols.slice(0, 1) });
  await client.waitFor(
    (message) =>
      message.type === 'price_update' && Object.values(message.data).some(({ snapshot }) => !snapshot),
  );
  trial.promiseWithin('the hub gives updates to new clients', performance.now() - since, 5000);
  await client.cut();
}

function promiseTakeover(trial: Trial, since: number): void {
  const worst = Math.max(0, ...trial.recoveries(since));
  trial.promiseWithin('updates flow from the standby, all clients', worst, takeoverMaxMs);
}

/** On a machine that other work holds up for a moment, too. */
const unnoticedMs = 500;

export function promiseUnnoticed(trial: Trial): void {
  trial.promiseWithin('longest stall', trial.longestStallMs(trial.testCluster.clients.users), unnoticedMs);
}
