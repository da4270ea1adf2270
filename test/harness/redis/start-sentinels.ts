import { freePorts } from './free-ports.ts';
import { RedisProcess } from './redis-process.ts';
import { plainConfig } from './start-redis.ts';
import { until } from './until.ts';

/** A master with two replicas, watched by three sentinels that replace it when it is silent. */
export interface SentinelGroup {
  /** In the beginning the first is the master. */
  readonly servers: readonly RedisProcess[];
  readonly sentinels: readonly RedisProcess[];
  /** Value of TICKWIRE_REDIS_URL. */
  readonly url: string;
  readonly masterName: string;
  /** The server that the sentinels name as the master now. */
  master(): Promise<RedisProcess>;
  stop(): Promise<void>;
}

const masterName = 'tickwire';

/** @param silentMs after which a server counts as dead: so long that none on a busy machine is taken for it */
export async function startSentinelGroup(silentMs = 3000): Promise<SentinelGroup> {
  const ports = await freePorts(6);
  const [masterPort = 0] = ports;
  const servers = await Promise.all(ports.slice(0, 3).map((port) => startServer(port, masterPort)));
  await until('both replicas follow the master', async () =>
    /connected_slaves:2/.test((await servers[0]?.client.info('replication')) ?? ''),
  );
  const sentinels = await Promise.all(
    ports.slice(3).map((port) => startSentinel(port, masterPort, silentMs)),
  );
  await Promise.all(sentinels.map(knowsTheOthers));
  const group = { servers, sentinels, masterName };
  return {
    ...group,
    url: sentinels.map(({ url }) => url).join(','),
    master: () => masterOf(servers, sentinels),
    async stop() {
      await Promise.all([...sentinels, ...servers].map((server) => server.stop()));
    },
  };
}

function startServer(port: number, masterPort: number): Promise<RedisProcess> {
  const follow = port === masterPort ? [] : [`replicaof 127.0.0.1 ${masterPort}`];
  return RedisProcess.start(port, [...plainConfig, ...follow]);
}

function startSentinel(port: number, masterPort: number, silentMs: number): Promise<RedisProcess> {
  const config = [
    `sentinel monitor ${masterName} 127.0.0.1 ${masterPort} 2`,
    `sentinel down-after-milliseconds ${masterName} ${silentMs}`,
    `sentinel failover-timeout ${masterName} 3000`,
    `sentinel parallel-syncs ${masterName} 2`,
  ];
  return RedisProcess.start(port, config, ['--sentinel']);
}

async function knowsTheOthers(sentinel: RedisProcess): Promise<void> {
  await until('a sentinel knows the replicas and the other sentinels', async () => {
    const info = await sentinel.client.info('sentinel');
    return /status=ok,.*slaves=2,sentinels=3/.test(info);
  });
}

async function masterOf(
  servers: readonly RedisProcess[],
  sentinels: readonly RedisProcess[],
): Promise<RedisProcess> {
  const reply: unknown = await sentinels[0]?.client.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', masterName);
  const port = Array.isArray(reply) ? Number(reply[1]) : undefined;
  const master = servers.find((server) => server.port === port);
  if (master === undefined) throw new Error('the sentinels name no master');
  return master;
}
