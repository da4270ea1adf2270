import type { Scenario } from '#test/chaos/scenario.ts';
import type { TcpProxy } from '#test/chaos/tcp-proxy.ts';
import { lasts, moment } from '#test/chaos/timed.ts';
import type { Trial } from '#test/chaos/trial.ts';
import { readiness, readinessText } from '#test/harness/pages.ts';
import { busiestHub, connections } from './processes.ts';
import { promiseFlow, standalone } from './redis-standalone.ts';

/** Faults between one hub and Redis, which lives. */
export const hubWithoutRedisScenarios: readonly Scenario[] = [
  {
    name: 'hub-without-redis',
    fault: 'one hub hears nothing of Redis for 9 s (black hole)',
    redis: 'standalone',
    run: (trial) => hubAway(trial, (proxy) => proxy.impair({ kind: 'black_hole' })),
  },
  {
    name: 'hub-refused-by-redis',
    fault: "one hub's connections to Redis are reset, and for 9 s each new one, too",
    redis: 'standalone',
    run: (trial) => hubAway(trial, (proxy) => proxy.refuse()),
  },
  {
    name: 'hub-hears-nothing',
    fault: 'one hub gets answers of Redis, but hears no update for 9 s (black hole of its subscriber only)',
    redis: 'standalone',
    async run(trial) {
      const { place, proxy } = hubBehindProxy(trial);
      const answering = await commandLinks(trial, proxy);
      const before = connections(trial.testCluster);
      const deafAt = trial.fault();
      proxy.impair({ kind: 'black_hole' });
      for (const link of answering) link.impair({ kind: 'none' });
      await lasts(awayMs);
      const reason = await readinessText(place.process);
      const backAt = heal(proxy);
      const readyAt = await moment('the hub is ready', async () => (await readiness(place.process)) === 200);
      await promiseFlow(trial, backAt, before);
      trial.promise('not ready, and it says that only updates are missing', reason, /no update/.test(reason));
      trial.promiseWithin('ready by itself', readyAt - backAt, 5000);
      await promiseStale(trial, deafAt, backAt);
    },
  },
];

const awayMs = 9000;
const staleWithinMs = 5000;

async function hubAway(trial: Trial, cutOff: (proxy: TcpProxy) => void): Promise<void> {
  const { place, proxy } = hubBehindProxy(trial);
  const before = connections(trial.testCluster);
  const awayAt = trial.fault();
  cutOff(proxy);
  const status = (wanted: number) => async () => (await readiness(place.process)) === wanted;
  const notReadyAt = await moment('the hub is not ready', status(503), awayMs);
  await lasts(Math.max(0, awayMs - (performance.now() - awayAt)));
  const backAt = heal(proxy);
  const readyAt = await moment('the hub is ready', status(200));
  await promiseFlow(trial, backAt, before);
  trial.promiseWithin('not ready', notReadyAt - awayAt, staleWithinMs);
  trial.promiseWithin('ready by itself', readyAt - backAt, 5000);
  await promiseStale(trial, awayAt, backAt);
}

function hubBehindProxy({ testCluster }: Trial) {
  const place = busiestHub(testCluster);
  if (place.proxy === undefined) throw new Error('this scenario needs a proxy before Redis');
  return { place, proxy: place.proxy };
}

/** Those of the proxy's connections that are subscribed to nothing. */
async function commandLinks({ testCluster }: Trial, proxy: TcpProxy) {
  const subscribers = String(await standalone(testCluster).client.client('LIST', 'TYPE', 'PUBSUB'));
  const links = [...proxy.links];
  const answering = links.filter(({ sourcePort }) => !subscribers.includes(` addr=127.0.0.1:${sourcePort} `));
  if (answering.length === links.length) throw new Error('no connection of the hub is subscribed');
  return answering;
}

/** Returns ms of `performance.now()`. */
function heal(proxy: TcpProxy): number {
  proxy.impair({ kind: 'none' });
  proxy.admit();
  return performance.now();
}

/** Everyone who heard nothing has to know why, and that it is over. */
async function promiseStale(trial: Trial, awayAt: number, backAt: number): Promise<void> {
  const { users } = trial.testCluster.clients;
  const theirs = users.filter(({ arrivals }) => arrivals.longestStallMs(awayAt, backAt) > awayMs / 2);
  const told = theirs.flatMap(({ staleAt = 0 }) => (staleAt > awayAt ? [staleAt - awayAt] : []));
  const last = Math.round(Math.max(0, ...told));
  trial.promise(
    `clients of the hub are told stale ≤ ${staleWithinMs} ms`,
    `${told.length} of ${theirs.length}, the last after ${last} ms`,
    theirs.length > 0 && told.length === theirs.length && last <= staleWithinMs,
  );
  const isFresh = async (): Promise<boolean> => theirs.every(({ freshAt = 0 }) => freshAt > backAt);
  const freshAt = await moment('all are told fresh', isFresh);
  trial.promiseWithin('and fresh, after Redis is back', freshAt - backAt, 5000);
}
