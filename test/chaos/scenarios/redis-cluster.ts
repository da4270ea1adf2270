import { partitionOf } from '#fanout/partition.ts';
import { hashSlot } from '#fanout/redis/connection/hash-slot.ts';
import { groupMessagesChannel } from '#fanout/redis/keys.ts';
import { mastersOf } from '#test/chaos/redis-topology.ts';
import type { Scenario } from '#test/chaos/scenario.ts';
import type { TestCluster } from '#test/chaos/test-cluster.ts';
import { lasts, moment } from '#test/chaos/timed.ts';
import type { Trial } from '#test/chaos/trial.ts';
import { moveSlot } from '#test/harness/redis/move-slot.ts';
import type { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { until } from '#test/harness/redis/until.ts';
import { connections, promiseUnnoticed } from './processes.ts';
import { flowMs, promiseFlow, promiseFlowWithin } from './redis-standalone.ts';

/** Faults of a cluster of three masters, each with a replica. */
export const clusterScenarios: readonly Scenario[] = [
  {
    name: 'cluster-master-killed',
    fault: '`kill -9` of one of three masters; its replica is promoted',
    redis: 'cluster',
    async run(trial) {
      const { master, replica } = await pairOf(trial.testCluster);
      const before = connections(trial.testCluster);
      trial.fault();
      await master.kill();
      await promiseFlow(trial, await promoted(replica), before);
      await master.launch();
    },
  },
  {
    name: 'cluster-master-silent',
    fault: 'one of three masters stands still for 6 s; its replica is promoted, and it wakes up demoted',
    redis: 'cluster',
    async run(trial) {
      const { master, replica } = await pairOf(trial.testCluster);
      const before = connections(trial.testCluster);
      const frozenAt = trial.fault();
      master.freeze();
      const acceptedAt = await promoted(replica);
      await lasts(6000 - (performance.now() - frozenAt));
      master.thaw();
      await promiseFlow(trial, acceptedAt, before);
    },
  },
  {
    name: 'cluster-writes-lost',
    fault: 'a replica stands still for 1.5 s, its master is killed: it is promoted without the last writes',
    redis: 'cluster',
    async run(trial) {
      const { master, replica } = await pairOf(trial.testCluster);
      const before = connections(trial.testCluster);
      const resetsBefore = resets(trial);
      replica.freeze();
      await lasts(1500);
      trial.fault();
      await master.kill();
      replica.thaw();
      await promiseFlow(trial, await promoted(replica), before);
      const told = resets(trial) - resetsBefore;
      trial.promise('clients are told of the loss', `${told} resets`, told > 0);
      await master.launch();
    },
  },
  {
    name: 'cluster-replica-killed',
    fault: '`kill -9` of a replica',
    redis: 'cluster',
    async run(trial) {
      const { replica } = await pairOf(trial.testCluster);
      trial.fault();
      await replica.kill();
      await lasts(2500);
      await replica.launch();
      promiseUnnoticed(trial);
    },
  },
  {
    name: 'cluster-slots-moved',
    fault: 'the slots of five symbols move to another master while updates flow',
    redis: 'cluster',
    run: moveFiveSlots,
  },
  {
    name: 'cluster-rolling-restart',
    fault: 'rolling restart of the cluster: each replica, a planned failover, then the old master',
    remark:
      'Wait until all nodes are linked with a restarted replica before its failover: else its election fails and its master ' +
      'takes no writes for four seconds more.',
    redis: 'cluster',
    async run(trial) {
      const { testCluster } = trial;
      const before = connections(testCluster);
      const flows: number[] = [];
      trial.fault();
      for (const master of await mastersOf(testCluster.redis)) {
        const { replica } = await pairOf(testCluster, master);
        await restart(testCluster, replica);
        await replica.client.call('CLUSTER', 'FAILOVER');
        const acceptedAt = await promoted(replica);
        flows.push(await flowMs(trial, acceptedAt));
        await testCluster.redis.healthy();
        await restart(testCluster, master);
      }
      promiseFlowWithin(trial, Math.max(...flows), before);
      await testCluster.allLive(20_000);
      const worst = trial.longestStallMs(testCluster.clients.users);
      trial.promiseWithin('longest stall of any client', worst, 5000);
    },
  },
  {
    name: 'cluster-slots-moved-group-messages',
    fault: 'the slots of five symbols move to another master while hubs hear 400 symbols in group messages',
    redis: 'cluster',
    testCluster: { symbols: 400, symbolsPerUser: 10, ticksPerSecond: 1000 },
    async run(trial) {
      const all = trial.testCluster.hubs.length + 1;
      const allHearGroupMessages = async (): Promise<boolean> =>
        (await groupMessageHearers(trial.testCluster)) === all;
      await until('every hub, and the witness, hears group messages', allHearGroupMessages);
      await moveFiveSlots(trial);
      // Other nodes learn of a slot that moved by and by; who asked one of those is on its way back.
      await until('all of them still hear group messages', allHearGroupMessages);
    },
  },
];

async function moveFiveSlots(trial: Trial): Promise<void> {
  const { witness, redis } = trial.testCluster;
  const before = connections(trial.testCluster);
  const slots = new Set(witness.symbols.map((symbol) => hashSlot(String(partitionOf(symbol)))));
  trial.fault();
  for (const slot of [...slots].slice(0, 5)) await moveSlot(await mastersOf(redis), slot);
  await promiseFlow(trial, performance.now(), before);
}

/** Who hears the group messages of the first symbol's partition, whichever master has it. */
async function groupMessageHearers({ redis, witness: { symbols } }: TestCluster): Promise<number> {
  const [symbol] = symbols;
  if (symbol === undefined) throw new Error('the test cluster has no symbol');
  const channel = groupMessagesChannel(partitionOf(symbol));
  const counts = await Promise.all(
    (await mastersOf(redis)).map(({ client }) => client.call('PUBSUB', 'SHARDNUMSUB', channel)),
  );
  return Math.max(...counts.map((reply) => (Array.isArray(reply) ? Number(reply[1]) : 0)));
}

/** A master, the one given or any, and its replica. */
async function pairOf({ redis }: TestCluster, chosen?: RedisProcess) {
  const [any] = await mastersOf(redis);
  const master = chosen ?? any;
  const info = (await master?.client.info('replication')) ?? '';
  const port = Number(/slave0:ip=[^,]*,port=(\d+)/.exec(info)?.[1]);
  const replica = redis.servers.find((server) => server.port === port);
  if (master === undefined || replica === undefined) throw new Error('no master has a replica');
  return { master, replica };
}

/** When the server takes writes as a master. */
function promoted({ client }: RedisProcess): Promise<number> {
  return moment('the replica is promoted', async () => {
    const isMaster = (await client.info('replication')).includes('role:master');
    return isMaster && String(await client.call('CLUSTER', 'INFO')).includes('cluster_state:ok');
  });
}

async function restart(testCluster: TestCluster, server: RedisProcess): Promise<void> {
  await server.shutDown();
  await server.launch();
  await until('it follows again', async () =>
    (await server.client.info('replication')).includes('master_link_status:up'),
  );
  await testCluster.redis.healthy();
}

function resets({ testCluster }: Trial): number {
  return testCluster.clients.users.reduce((sum, user) => sum + user.resets, 0);
}
