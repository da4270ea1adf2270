import type { RedisConnection } from '#fanout/redis/connection/connection.ts';
import type { RedisProcess } from '#test/harness/redis/redis-process.ts';
import { type RedisCluster, startRedisCluster } from '#test/harness/redis/start-cluster.ts';
import { startRedis } from '#test/harness/redis/start-redis.ts';
import { type SentinelGroup, startSentinelGroup } from '#test/harness/redis/start-sentinels.ts';
import { until } from '#test/harness/redis/until.ts';
import { TcpProxy } from './tcp-proxy.ts';

export type TopologyKind = 'standalone' | 'sentinel' | 'cluster';

/** The Redis of a test cluster, whichever it is; scenarios ask for the kind that they need. */
export interface RedisTopology {
  readonly kind: TopologyKind;
  readonly url: string;
  readonly masterName: string;
  /** Every server that holds data. */
  readonly servers: readonly RedisProcess[];
  readonly standalone?: RedisProcess;
  readonly group?: SentinelGroup;
  readonly cluster?: RedisCluster;
  /** An address of its own for one process, behind a proxy; only of a standalone server, as others name each other. */
  proxy?(): Promise<TcpProxy>;
  /** All servers run, follow each other, and take writes. */
  healthy(): Promise<void>;
  stop(): Promise<void>;
}

const healthyTimeoutMs = 30_000;

export async function startTopology(kind: TopologyKind): Promise<RedisTopology> {
  if (kind === 'sentinel') return sentinelTopology(await startSentinelGroup(700));
  if (kind === 'cluster')
    return clusterTopology(await startRedisCluster({ replicasPerMaster: 1, nodeTimeoutMs: 1000 }));
  // With its data on disk, so that it comes back with them.
  return standaloneTopology(await startRedis({ config: ['appendonly yes', 'appendfsync everysec'] }));
}

export function connectionMode({ kind }: RedisTopology): RedisConnection['mode'] {
  return kind;
}

function standaloneTopology(redis: RedisProcess): RedisTopology {
  return {
    ...{ kind: 'standalone', url: redis.url, masterName: 'none', servers: [redis], standalone: redis },
    proxy: () => TcpProxy.open(() => redis.port),
    healthy: () =>
      until('Redis answers', async () => (await redis.client.ping()) === 'PONG', healthyTimeoutMs),
    stop: () => redis.stop(),
  };
}

function sentinelTopology(group: SentinelGroup): RedisTopology {
  return {
    ...{ kind: 'sentinel', url: group.url, masterName: group.masterName, servers: group.servers, group },
    healthy: () =>
      until(
        'the sentinels name a master that both others follow',
        async () => {
          const info = await (await group.master()).client.info('replication');
          return info.includes('role:master') && (info.match(/state=online/g) ?? []).length === 2;
        },
        healthyTimeoutMs,
      ),
    stop: () => group.stop(),
  };
}

function clusterTopology(cluster: RedisCluster): RedisTopology {
  const servers = [...cluster.masters, ...cluster.replicas];
  return {
    ...{ kind: 'cluster', url: cluster.url, masterName: 'none', servers, cluster },
    healthy: () =>
      until(
        'every master of the cluster has a replica that follows, and all are linked',
        async () => {
          const infos = await Promise.all(servers.map(({ client }) => client.info('replication')));
          const states = await Promise.all(servers.map(({ client }) => client.call('CLUSTER', 'INFO')));
          const nodes = await Promise.all(servers.map(({ client }) => client.call('CLUSTER', 'NODES')));
          const masters = infos.filter((info) => info.includes('role:master'));
          return (
            states.every((state) => String(state).includes('cluster_state:ok')) &&
            nodes.every((lines) => allLinked(String(lines))) &&
            masters.length === cluster.masters.length &&
            masters.every((info) => info.includes('state=online'))
          );
        },
        healthyTimeoutMs,
      ),
    stop: () => cluster.stop(),
  };
}

/**
 * Whether the node that answered these CLUSTER NODES has a link to each other one. Until then votes get lost, and a
 * replica that asked for them asks again after four node time-outs, with its master paused if that was planned.
 */
function allLinked(lines: string): boolean {
  return lines
    .trim()
    .split('\n')
    .every((line) => / connected( |$)/.test(line) && !/fail|handshake|noaddr/.test(line.split(' ')[2] ?? ''));
}

/** The servers that are masters now. */
export async function mastersOf({ servers }: RedisTopology): Promise<RedisProcess[]> {
  const roles = await Promise.all(
    servers.map(async (server) => ({
      server,
      info: await server.client.info('replication').catch(() => ''),
    })),
  );
  return roles.filter(({ info }) => info.includes('role:master')).map(({ server }) => server);
}
