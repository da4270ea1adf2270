import { mastersOf } from '#test/chaos/redis-topology.ts';
import type { Scenario } from '#test/chaos/scenario.ts';
import type { TestCluster } from '#test/chaos/test-cluster.ts';
import { lasts, moment } from '#test/chaos/timed.ts';
import type { Trial } from '#test/chaos/trial.ts';
import type { RedisProcess } from '#test/harness/redis/redis-process.ts';
import type { SentinelGroup } from '#test/harness/redis/start-sentinels.ts';
import { until } from '#test/harness/redis/until.ts';
import { connections, promiseUnnoticed } from './processes.ts';
import { promiseFlow } from './redis-standalone.ts';

/** Faults of a master with two replicas, watched by three sentinels. */
export const sentinelScenarios: readonly Scenario[] = [
  {
    name: 'sentinel-master-killed',
    fault: '`kill -9` of the master; a replica is promoted',
    redis: 'sentinel',
    async run(trial) {
      const master = await masterOf(trial.testCluster);
      const before = connections(trial.testCluster);
      trial.fault();
      await master.kill();
      await promiseFlow(trial, await promoted(trial.testCluster, master), before);
      await master.launch();
    },
  },
  {
    name: 'sentinel-master-silent',
    fault: 'the master stands still for 6 s; a replica is promoted, and the old master wakes up demoted',
    redis: 'sentinel',
    async run(trial) {
      const master = await masterOf(trial.testCluster);
      const before = connections(trial.testCluster);
      const told = await countTold(trial.testCluster);
      const frozenAt = trial.fault();
      master.freeze();
      const acceptedAt = await promoted(trial.testCluster, master);
      await lasts(6000 - (performance.now() - frozenAt));
      master.thaw();
      await promiseFlow(trial, acceptedAt, before);
      await promiseToldOnce(trial, told);
    },
  },
  {
    name: 'sentinel-writes-lost',
    fault:
      'the replicas lose their master, 1.5 s later it is killed: one without its last writes is promoted',
    redis: 'sentinel',
    async run(trial) {
      const { testCluster } = trial;
      const master = await masterOf(testCluster);
      const before = connections(testCluster);
      const toldBefore = testCluster.clients.users.map(({ resets }) => resets);
      for (const server of group(testCluster).servers)
        if (server !== master) await server.client.replicaof('127.0.0.1', 1);
      await lasts(1500);
      trial.fault();
      await master.kill();
      await promiseFlow(trial, await promoted(testCluster, master), before);
      const untold = testCluster.clients.users.filter(({ resets }, i) => resets === toldBefore[i]).length;
      trial.promise('every client is told of the loss', `${untold} were not`, untold === 0);
      await master.launch();
    },
  },
  {
    name: 'sentinel-replica-killed',
    fault: '`kill -9` of a replica',
    redis: 'sentinel',
    async run(trial) {
      const replica = await replicaOf(trial.testCluster);
      trial.fault();
      await replica.kill();
      await lasts(2500);
      await replica.launch();
      promiseUnnoticed(trial);
    },
  },
  {
    name: 'sentinel-replica-frozen',
    fault: 'a replica stands still for 3 s',
    redis: 'sentinel',
    async run(trial) {
      const replica = await replicaOf(trial.testCluster);
      trial.fault();
      replica.freeze();
      await lasts(3000);
      replica.thaw();
      promiseUnnoticed(trial);
    },
  },
  {
    name: 'sentinel-killed',
    fault: '`kill -9` of a sentinel, the first that hubs and adapters ask',
    redis: 'sentinel',
    async run(trial) {
      const [sentinel] = group(trial.testCluster).sentinels;
      trial.fault();
      await sentinel?.kill();
      await lasts(2500);
      await sentinel?.launch();
      promiseUnnoticed(trial);
    },
  },
  {
    name: 'sentinel-frozen',
    fault: 'that sentinel stands still, the master is killed: the others promote a replica',
    redis: 'sentinel',
    async run(trial) {
      const { testCluster } = trial;
      const [sentinel] = group(testCluster).sentinels;
      const master = await masterOf(testCluster);
      const before = connections(testCluster);
      trial.fault();
      sentinel?.freeze();
      await master.kill();
      try {
        await promiseFlow(trial, await promoted(testCluster, master), before);
      } finally {
        sentinel?.thaw();
      }
      await master.launch();
    },
  },
  {
    name: 'sentinel-rolling-restart',
    fault: 'rolling restart of Redis: each replica, a planned failover, then the old master',
    redis: 'sentinel',
    async run(trial) {
      const { testCluster } = trial;
      const { servers, sentinels, masterName } = group(testCluster);
      const master = await masterOf(testCluster);
      const before = connections(testCluster);
      trial.fault();
      for (const server of servers) if (server !== master) await restart(testCluster, server);
      // A sentinel takes no replica that it has not asked since its restart.
      await until('a sentinel begins the failover', async () => {
        await sentinels[0]?.client.call('SENTINEL', 'FAILOVER', masterName);
        return true;
      });
      const acceptedAt = await promoted(testCluster, master);
      await testCluster.redis.healthy();
      await restart(testCluster, master);
      await promiseFlow(trial, acceptedAt, before);
    },
  },
];

function group({ redis }: TestCluster): SentinelGroup {
  if (redis.group === undefined) throw new Error('this scenario is for a group that sentinels watch');
  return redis.group;
}

async function masterOf({ redis }: TestCluster): Promise<RedisProcess> {
  const [master] = await mastersOf(redis);
  if (master === undefined) throw new Error('no server is the master');
  return master;
}

async function replicaOf({ redis }: TestCluster): Promise<RedisProcess> {
  const masters = await mastersOf(redis);
  const replica = redis.servers.find((server) => !masters.includes(server));
  if (replica === undefined) throw new Error('no server is a replica');
  return replica;
}

/** When a sentinel names another master than `old`, and that takes writes: earlier nobody could know of it. */
function promoted(testCluster: TestCluster, old: RedisProcess): Promise<number> {
  const { servers, sentinels, masterName } = group(testCluster);
  const named = async ({ client }: RedisProcess): Promise<boolean> => {
    const address = await client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName);
    const port = Array.isArray(address) ? Number(address[1]) : undefined;
    const server = servers.find((candidate) => candidate.port === port);
    if (server === undefined || server === old) return false;
    return (await server.client.set('chaos:write', '1')) === 'OK';
  };
  return moment('a sentinel names a new master, which takes writes', () =>
    Promise.any(sentinels.map(async (sentinel) => (await named(sentinel)) || Promise.reject(unnamed))).catch(
      () => false,
    ),
  );
}

interface Told {
  readonly resets: number;
  /** Rises by one with each failover. */
  readonly configEpoch: number;
}

async function countTold(testCluster: TestCluster): Promise<Told> {
  const { sentinels, masterName } = group(testCluster);
  const reply = await sentinels[0]?.client.call('SENTINEL', 'MASTER', masterName);
  const fields = Array.isArray(reply) ? reply.map(String) : [];
  const configEpoch = Number(fields[fields.indexOf('config-epoch') + 1]);
  return { resets: testCluster.clients.users.reduce((sum, user) => sum + user.resets, 0), configEpoch };
}

/** A busy machine may make the sentinels replace the successor, too: that is another loss, and told as such. */
async function promiseToldOnce(trial: Trial, before: Told): Promise<void> {
  const after = await countTold(trial.testCluster);
  const { users } = trial.testCluster.clients;
  const failovers = after.configEpoch - before.configEpoch;
  const most = failovers * users.reduce((sum, { symbols }) => sum + symbols.length, 0);
  const resets = after.resets - before.resets;
  const measured = `${resets} resets, of ${most} at most in ${failovers} failover(s)`;
  trial.promise('nobody is told twice of one failover', measured, resets <= most);
}

const unnamed = new Error('the sentinel names the old master');

async function restart(testCluster: TestCluster, server: RedisProcess): Promise<void> {
  await server.shutDown();
  await server.launch();
  await until('it follows again', async () => {
    const info = await server.client.info('replication');
    return info.includes('role:slave') && info.includes('master_link_status:up');
  });
  await testCluster.redis.healthy();
}
