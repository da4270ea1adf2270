import type { Redis } from 'ioredis';
import type { KeptConnection, RedisAddress } from '#fanout/redis/connection/connection.ts';
import type { ShardMap } from '#fanout/redis/connection/shard-map.ts';
import type { Logger } from '#runtime/logger.ts';
import type { ProbeLimits } from './probe.ts';
import type { ShardSubscriberLimits } from './shard-subscriber.ts';
import type { SubscriptionModeLimits } from './subscription-mode.ts';

export interface RedisLiveDeps {
  readonly shards: ShardMap;
  readonly sharded: boolean;
  /** A subscriber connection, not yet opened. */
  readonly createConnection: (address: RedisAddress | undefined) => KeptConnection<Redis>;
  /** Sends to a channel the way that ticks are sent. */
  readonly send: (channel: string, text: string) => Promise<void>;
  /** Symbols in the catalogue when it was last read. */
  readonly catalogueSize: () => number;
  /** Names this process among those that probe. */
  readonly instance: string;
  readonly metrics: RedisLiveMetrics;
  readonly log: Logger;
}

/**
 * Where something was found that can not be read: a message on a symbol's channel, a group message, an entry of a stream, of the
 * catalogue, of the states of sources, or of the registry of nodes; `oversized`: a message that is too large to be any.
 */
export const undecodableKinds = [
  ...(['live', 'group_message', 'oversized', 'history'] as const),
  ...(['catalogue', 'source', 'node'] as const),
] as const;
export type UndecodableKind = (typeof undecodableKinds)[number];

export interface RedisLiveMetrics {
  /** Something was read that is not ours, or of a version that this one does not know. It was left out. */
  undecodable(kind: UndecodableKind): void;
  /** So many symbols were not heard for a while. */
  interrupted(symbols: number): void;
  /** A connection that looked alive heard nothing. */
  probeLost(): void;
}

export type RedisLiveLimits = ShardSubscriberLimits & ProbeLimits & SubscriptionModeLimits;
