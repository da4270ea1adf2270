import { freePorts } from './free-ports.ts';
import { RedisProcess } from './redis-process.ts';
import { plainConfig } from './start-redis.ts';
import { until } from './until.ts';

export interface ClusterOptions {
  /** Replicas of each of the three masters; 0 unless told. */
  readonly replicasPerMaster?: number;
  /** After which a node counts as dead; so long, unless told, that none on a busy machine is taken for it. */
  readonly nodeTimeoutMs?: number;
}

export interface RedisCluster {
  readonly masters: readonly RedisProcess[];
  readonly replicas: readonly RedisProcess[];
  /** Value of TICKWIRE_REDIS_URL. */
  readonly url: string;
  stop(): Promise<void>;
}

const masterCount = 3;
const slotCount = 16_384;

/** A cluster of three masters with equal shares of the slots; it is in state ok when the promise resolves. */
export async function startRedisCluster(options: ClusterOptions = {}): Promise<RedisCluster> {
  const replicaCount = masterCount * (options.replicasPerMaster ?? 0);
  const ports = await freePorts(2 * (masterCount + replicaCount));
  const nodes = await Promise.all(
    ports
      .slice(0, masterCount + replicaCount)
      .map((port, i) =>
        startNode(port, ports[masterCount + replicaCount + i] ?? 0, options.nodeTimeoutMs ?? 3000),
      ),
  );
  const masters = nodes.slice(0, masterCount);
  const replicas = nodes.slice(masterCount);
  await Promise.all(masters.map(takeSlots));
  await introduce(nodes);
  await follow(replicas, masters);
  await Promise.all(nodes.map((node) => isReady(node, nodes.length)));
  return {
    masters,
    replicas,
    url: masters.map(({ url }) => url).join(','),
    async stop() {
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

function startNode(port: number, busPort: number, nodeTimeoutMs: number): Promise<RedisProcess> {
  const config = ['cluster-enabled yes', `cluster-port ${busPort}`, `cluster-node-timeout ${nodeTimeoutMs}`];
  return RedisProcess.start(port, [...plainConfig, ...config]);
}

async function takeSlots({ client }: RedisProcess, i: number): Promise<void> {
  const from = Math.floor((i * slotCount) / masterCount);
  const to = Math.floor(((i + 1) * slotCount) / masterCount) - 1;
  await client.call('CLUSTER', 'ADDSLOTSRANGE', from, to);
  // Without distinct epochs the nodes would first have to settle who is ahead.
  await client.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1);
}

async function introduce(nodes: readonly RedisProcess[]): Promise<void> {
  const [first, ...others] = nodes;
  for (const { port, busPort } of await Promise.all(others.map(addressOf)))
    await first?.client.call('CLUSTER', 'MEET', '127.0.0.1', port, busPort);
  await Promise.all(nodes.map((node) => knows(node, nodes.length)));
}

async function addressOf({ client, port }: RedisProcess): Promise<{ port: number; busPort: number }> {
  const reply: unknown = await client.config('GET', 'cluster-port');
  return { port, busPort: Number(Array.isArray(reply) ? reply[1] : 0) };
}

async function follow(replicas: readonly RedisProcess[], masters: readonly RedisProcess[]): Promise<void> {
  for (const [i, replica] of replicas.entries()) {
    const id = await masters[i % masterCount]?.client.call('CLUSTER', 'MYID');
    await replica.client.call('CLUSTER', 'REPLICATE', String(id));
  }
}

async function knows({ client }: RedisProcess, nodeCount: number): Promise<void> {
  await until('a node knows all nodes', async () => {
    const nodes = String(await client.call('CLUSTER', 'NODES'));
    return nodes.split('\n').filter((line) => line.includes(' connected')).length === nodeCount;
  });
}

async function isReady({ client }: RedisProcess, nodeCount: number): Promise<void> {
  await until('the cluster is in state ok', async () => {
    const info = String(await client.call('CLUSTER', 'INFO'));
    const isFollower = (await client.info('replication')).includes('role:slave');
    const linked = !isFollower || (await client.info('replication')).includes('master_link_status:up');
    return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${nodeCount}`) && linked;
  });
}
