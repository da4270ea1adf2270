import type { Cluster } from 'ioredis';
import type { RedisAddress } from './connection.ts';
import { hashSlot } from './hash-slot.ts';
import { partitionCount } from './partition.ts';

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
}

/** Outside a cluster one server holds everything, whichever server that is at the moment. */
export function createSingleShardMap(): ShardMap {
  return {
    shardOf: () => 'single',
    addressOf: () => undefined,
    onChange: () => undefined,
    refresh: () => undefined,
  };
}

/**
 * The map of a cluster. ioredis asks for it (CLUSTER SLOTS) at a fixed interval, and at once when a
 * command was answered MOVED.
 */
export function createClusterShardMap(cluster: Cluster): ShardMap {
  const slots = Array.from({ length: partitionCount }, (_, partition) => hashSlot(String(partition)));
  return {
    shardOf(partition) {
      const slot = slots[partition];
      return slot === undefined ? undefined : cluster.slots[slot]?.[0];
    },
    addressOf(shard) {
      const colon = shard.lastIndexOf(':');
      return { host: shard.slice(0, colon), port: Number(shard.slice(colon + 1)) };
    },
    onChange(changed) {
      cluster.on('refresh', changed);
    },
    refresh: () => cluster.refreshSlotsCache(),
  };
}
