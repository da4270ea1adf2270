import { randomUUID } from 'node:crypto';
import { Cluster, Redis } from 'ioredis';
import { registryLimits } from '#fanout/node-ports.ts';
import type { Fanout } from '#fanout/ports.ts';
import type { Logger } from '#runtime/logger.ts';
import { type Commands, createCommands } from './commands.ts';
import {
  type ConnectionLimits,
  createSubscriberConnection,
  type KeptConnection,
  openClient,
  type RedisClient,
  type RedisConnection,
} from './connection/connection.ts';
import { createClusterShardMap, createSingleShardMap, type ShardMap } from './connection/shard-map.ts';
import type { TopologyWatchLimits } from './connection/topology-watch.ts';
import { watchHealth } from './health.ts';
import { createRedisDirectory, type RedisDirectory } from './history/directory.ts';
import { createRedisHistory } from './history/history.ts';
import { tellUnfitRedis } from './inspect/unfit-redis.ts';
import { tellForgeries } from './nodes/forgeries.ts';
import { createRedisNodes } from './nodes/registry.ts';
import { createSigner, type SignedPurpose, type Signer } from './nodes/signer.ts';
import { createRedisTickets } from './nodes/tickets.ts';
import { createRedisLeases } from './publish/leases.ts';
import { createClusterPublisher, createRedisPublisher, type PublisherLimits } from './publish/publisher.ts';
import { keepScripts, type ScriptKeeperLimits } from './script-keeper.ts';
import { RedisLive, type RedisLiveLimits } from './subscribe/live-feed.ts';
import type { ProbedShardMetrics } from './subscribe/probed-shard.ts';

/** How to reach Redis, and who is told what happens there. */
export interface RedisFanoutDeps {
  readonly connection: RedisConnection;
  readonly log: Logger;
  readonly metrics: RedisFanoutMetrics;
  /** Signs and verifies what hubs keep for one another; absent: with a key of its own, so what others signed counts as forged. */
  readonly signer?: Signer;
  /** Of adapters: keeps what hubs run loaded in Redis. */
  readonly keepsScripts?: true;
}

/** What a process counts of its traffic with Redis. */
export interface RedisFanoutMetrics extends ProbedShardMetrics {
  /** Milliseconds from a command to its answer. */
  roundTrip(ms: number): void;
  /** Something in Redis that hubs keep for one another is signed by none of them. */
  forged(what: SignedPurpose): void;
}

/** Those of all parts together; `redisLimits` makes them from the configuration. */
export type RedisFanoutLimits = PublisherLimits &
  ConnectionLimits &
  RedisLiveLimits &
  TopologyWatchLimits &
  ScriptKeeperLimits;

/**
 * Shares updates by Redis 7.0 or later: one server, a master that sentinels watch, or a cluster.
 * Resolves when Redis answers, or, with one line in the log, when it does not: it is then tried on, and
 * `available()` says false. Does not throw.
 */
export async function createRedisFanout(deps: RedisFanoutDeps, limits: RedisFanoutLimits): Promise<Fanout> {
  const { connection, metrics, log } = deps;
  const open = (autoPipelining: boolean): KeptConnection<RedisClient> =>
    openClient(connection, log, limits, { autoPipelining });
  const roundTrip = (ms: number): void => metrics.roundTrip(ms);
  const writer = open(false);
  tellUnfitRedis(writer.client, log);
  // Reads apart from writes: a large replay does not hold up a batch.
  const reader = open(true);
  const shards = createShardMap([writer.client, reader.client], limits);
  const unanswered = (): void => shards.refresh();
  const commands = createCommands({ connection: writer, roundTrip, unanswered }, limits);
  const reads = createCommands({ connection: reader, roundTrip, unanswered }, limits);
  const directory = createRedisDirectory(commands, (kind) => metrics.undecodable(kind));
  const live = createLive(deps, shards, writer.client instanceof Cluster, commands, directory, limits);
  if (writer.client instanceof Redis) watchAddress(writer.client, () => live.moved());
  const health = watchHealth([commands, reads], limits);
  if (!(await health.answered)) log.warn('Redis does not answer, starting without it and trying on');
  const { signer = createSigner([]) } = deps;
  const forged = tellForgeries(metrics, log);
  const stopKeeping = deps.keepsScripts === true ? keepScripts(writer.client, log, limits) : undefined;
  const createPublisher = writer.client instanceof Cluster ? createClusterPublisher : createRedisPublisher;
  return {
    publisher: createPublisher(commands, limits),
    live,
    history: createRedisHistory(reads, () => metrics.undecodable('history')),
    directory,
    leases: createRedisLeases(commands),
    nodes: createRedisNodes(
      { commands, signer, forged: () => forged('node'), undecodable: () => metrics.undecodable('node') },
      registryLimits,
    ),
    tickets: createRedisTickets({ commands, signer, now: Date.now, forged: () => forged('ticket') }),
    available: () => commands.available() && reads.available(),
    async close() {
      stopKeeping?.();
      shards.close();
      live.close();
      commands.close();
      reads.close();
      await health.stop();
    },
  };
}

/**
 * Sentinels told the writer of a new master. A subscriber of the old one, if that stands still, hears nothing and is
 * not told: its probe would need up to 3 s to notice.
 */
function watchAddress(client: Redis, moved: () => void): void {
  let address: string | undefined;
  client.on('ready', () => {
    const { remoteAddress, remotePort } = client.stream;
    const before = address;
    address = `${remoteAddress}:${remotePort}`;
    if (before !== undefined && before !== address) moved();
  });
}

function createShardMap(clients: readonly RedisClient[], limits: TopologyWatchLimits): ShardMap {
  const clusters = clients.filter((client) => client instanceof Cluster);
  return clusters.length === 0 ? createSingleShardMap() : createClusterShardMap(clusters, limits);
}

function createLive(
  { connection, log, metrics }: RedisFanoutDeps,
  shards: ShardMap,
  sharded: boolean,
  commands: Commands,
  { catalogueSize }: RedisDirectory,
  limits: RedisFanoutLimits,
): RedisLive {
  const send = async (channel: string, text: string): Promise<void> => {
    await commands.run<unknown>((to) => (sharded ? to.spublish(channel, text) : to.publish(channel, text)));
  };
  return new RedisLive(
    {
      shards,
      sharded,
      createConnection: (address) => createSubscriberConnection(connection, address, log, limits),
      send,
      catalogueSize,
      instance: randomUUID(),
      metrics,
      log,
    },
    limits,
  );
}
