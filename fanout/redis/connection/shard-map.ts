import { partitionCount } from '#fanout/partition.ts';
import type { RedisAddress } from './connection.ts';
import { hashSlot } from './hash-slot.ts';
import { type TopologyWatchLimits, watchTopology } from './topology-watch.ts';

/** Names a shard: `host:port` of its master. */
export type ShardName = string;

/** Which shard holds which partition. */
export interface ShardMap {
  /** Undefined while it is not known. */
  shardOf(partition: number): ShardName | undefined;
  /** Address to connect to; undefined = wherever the configuration leads. */
  addressOf(shard: ShardName): RedisAddress | undefined;
  /** The one to call when shards may hold other partitions than before. */
  onChange(changed: () => void): void;
  /** Something looks out of date: ask the cluster again. */
  refresh(): void;
  close(): void;
}

/** Outside a cluster one server holds everything, whichever server that is at the moment. */
export function createSingleShardMap(): ShardMap {
  return {
    shardOf: () => 'single',
    addressOf: () => undefined,
    onChange: () => undefined,
    refresh: () => undefined,
    close: () => undefined,
  };
}

/** What a shard map needs of a client of the cluster. */
export interface SlotsClient {
  /** By slot: the addresses of its nodes, the master first. */
  readonly slots: readonly (readonly string[] | undefined)[];
  /** Asks the cluster for them (CLUSTER SLOTS); does nothing while that is under way. */
  refreshSlotsCache(): void;
  on(event: 'refresh', refreshed: () => void): unknown;
}

/**
 * The map of a cluster, as the first of `clients` was last told it; they are all asked together.
 *
 * It is a copy: for one slot that has moved, ioredis changes all slots of the range in its own (they share a list)
 * until it has asked again.
 */
export function createClusterShardMap(
  clients: readonly SlotsClient[],
  limits: TopologyWatchLimits,
): ShardMap {
  const [first] = clients;
  const slots = Array.from({ length: partitionCount }, (_, partition) => hashSlot(String(partition)));
  let shards: readonly (ShardName | undefined)[] = [];
  let changed = (): void => undefined;
  const watch = watchTopology(() => {
    for (const client of clients) client.refreshSlotsCache();
  }, limits);

  first?.on('refresh', () => {
    const before = shards;
    shards = slots.map((slot) => first.slots[slot]?.[0]);
    if (shards.every((shard, partition) => shard === before[partition])) return;
    // Slots seldom move alone, and a node that was away tells what was true before: it is asked again for a while.
    if (before.length > 0) watch.doubt();
    changed();
  });

  return {
    shardOf: (partition) => shards[partition],
    addressOf(shard) {
      const colon = shard.lastIndexOf(':');
      return { host: shard.slice(0, colon), port: Number(shard.slice(colon + 1)) };
    },
    onChange(listener) {
      changed = listener;
    },
    refresh: () => watch.doubt(),
    close: () => watch.close(),
  };
}
