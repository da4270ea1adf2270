import type { Scenario } from '#test/chaos/scenario.ts';
import type { TestCluster } from '#test/chaos/test-cluster.ts';
import { lasts, moment } from '#test/chaos/timed.ts';
import type { Trial } from '#test/chaos/trial.ts';
import type { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { until } from '#test/harness/redis/until.ts';
import { busiestHub, connections, promiseUnnoticed } from './processes.ts';

/** Of one message that nobody asked for; so many of them overflow what a subscriber may leave unread. */
const junkBytes = 1_000_000;
const junkMessages = 40;

/** Faults of a single Redis server. */
export const standaloneScenarios: readonly Scenario[] = [
  {
    name: 'redis-killed',
    fault: '`kill -9` of Redis; 2 s later it starts with what its append-only file has',
    redis: 'standalone',
    async run(trial) {
      const redis = standalone(trial.testCluster);
      const before = connections(trial.testCluster);
      trial.fault();
      await redis.kill();
      await lasts(2000);
      await redis.launch();
      await promiseFlow(trial, await acceptsWrites(redis), before);
    },
  },
  {
    name: 'redis-frozen',
    fault: 'Redis stands still for 4 s (SIGSTOP), with its connections open',
    redis: 'standalone',
    async run(trial) {
      const redis = standalone(trial.testCluster);
      const before = connections(trial.testCluster);
      trial.fault();
      redis.freeze();
      await lasts(4000);
      redis.thaw();
      await promiseFlow(trial, await acceptsWrites(redis), before);
    },
  },
  {
    name: 'redis-flushed',
    fault: 'FLUSHALL while updates flow',
    redis: 'standalone',
    async run(trial) {
      trial.fault();
      await standalone(trial.testCluster).client.flushall();
      await lasts(2000);
      promiseUnnoticed(trial);
    },
  },
  {
    name: 'redis-full',
    fault: 'Redis at `maxmemory` refuses writes for 4 s',
    redis: 'standalone',
    async run(trial) {
      const { client } = standalone(trial.testCluster);
      const before = connections(trial.testCluster);
      trial.fault();
      await client.config('SET', 'maxmemory', '1mb');
      await lasts(4000);
      await client.config('SET', 'maxmemory', '0');
      await promiseFlow(trial, performance.now(), before);
    },
  },
  {
    name: 'subscriber-overrun',
    fault: 'Redis cuts a hub off that reads too slowly (`client-output-buffer-limit pubsub`)',
    redis: 'standalone',
    async run(trial) {
      const { testCluster } = trial;
      const place = busiestHub(testCluster);
      const { client } = standalone(testCluster);
      const before = connections(testCluster);
      const limits = await client.config('GET', 'client-output-buffer-limit');
      await client.config('SET', 'client-output-buffer-limit', 'pubsub 4mb 4mb 1');
      trial.fault();
      place.proxy?.impair({ kind: 'black_hole' });
      await overrun(testCluster);
      place.proxy?.impair({ kind: 'none' });
      await client.config('SET', 'client-output-buffer-limit', String((limits as string[])[1]));
      await promiseFlow(trial, performance.now(), before);
    },
  },
];

export function standalone({ redis }: TestCluster): RedisProcess {
  if (redis.standalone === undefined) throw new Error('this scenario is for a single Redis server');
  return redis.standalone;
}

function acceptsWrites({ client }: RedisProcess): Promise<number> {
  return moment('Redis accepts writes', async () => (await client.set('chaos:write', '1')) === 'OK');
}

/** @param acceptedAt when Redis accepted writes again */
export async function promiseFlow(
  trial: Trial,
  acceptedAt: number,
  connectionsBefore: number,
): Promise<void> {
  promiseFlowWithin(trial, await flowMs(trial, acceptedAt), connectionsBefore);
}

/** From `acceptedAt` until every client has its updates again. */
export async function flowMs(trial: Trial, acceptedAt: number): Promise<number> {
  await trial.testCluster.allLive(20_000);
  return Math.max(0, ...trial.recoveries(acceptedAt));
}

/** @param worstMs of `flowMs` */
export function promiseFlowWithin(trial: Trial, worstMs: number, connectionsBefore: number): void {
  trial.promiseWithin('updates flow to all clients after Redis accepts writes', worstMs, 2000);
  const opened = connections(trial.testCluster) - connectionsBefore;
  trial.promise('no client lost its socket', `${opened} new connections`, opened === 0);
}

/** Until the server has cut some subscriber off. */
async function overrun(testCluster: TestCluster): Promise<void> {
  const { client } = standalone(testCluster);
  const [symbol] = testCluster.witness.symbols;
  const [channel] = (await client.pubsub('CHANNELS', `tw:*:${symbol}`)) as string[];
  if (channel === undefined) throw new Error('no hub is subscribed');
  const before = await client.client('LIST', 'TYPE', 'PUBSUB');
  const junk = 'x'.repeat(junkBytes);
  for (let i = 0; i < junkMessages; i++) await client.publish(channel, junk);
  await until('Redis has cut a subscriber off', async () => {
    const now = String(await client.client('LIST', 'TYPE', 'PUBSUB'));
    return now.split('\n').length < String(before).split('\n').length;
  });
}
