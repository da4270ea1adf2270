import type { Redis } from 'ioredis';
import { partitionCount } from '#fanout/partition.ts';
import type { LiveListener } from '#fanout/ports.ts';
import type { KeptConnection, RedisAddress } from '#fanout/redis/connection/connection.ts';
import type { ShardMap, ShardName } from '#fanout/redis/connection/shard-map.ts';
import { probeChannel } from '#fanout/redis/keys.ts';
import type { Logger } from '#runtime/logger.ts';
import { Probe, type ProbeLimits } from './probe.ts';
import {
  ShardSubscriber,
  type ShardSubscriberLimits,
  type ShardSubscriberMetrics,
} from './shard-subscriber.ts';
import type { SubscriptionMode } from './subscription-mode.ts';

/** How to reach the shard, and who takes what is heard of it. */
export interface ProbedShardDeps {
  readonly shards: ShardMap;
  /** Whether the servers are those of a cluster. */
  readonly sharded: boolean;
  /** A subscriber connection, not yet opened. */
  readonly createConnection: (address: RedisAddress | undefined) => KeptConnection<Redis>;
  /** Sends to a channel the way that ticks are sent. */
  readonly send: (channel: string, text: string) => Promise<void>;
  /** Names this process among those that probe. */
  readonly instance: string;
  readonly listener: LiveListener;
  readonly metrics: ProbedShardMetrics;
  readonly log: Logger;
}

/** Counts what goes wrong at a shard. */
export interface ProbedShardMetrics extends ShardSubscriberMetrics {
  /** A connection that looked alive heard nothing. */
  probeLost(): void;
}

/** Times of the subscriptions and of their probe. */
export type ProbedShardLimits = ShardSubscriberLimits & ProbeLimits;

/** One shard's subscriptions, given a new connection whenever a probe shows that they hear nothing. */
export class ProbedShard {
  readonly subscriber: ShardSubscriber;
  readonly #probe: Probe;
  readonly #deps: ProbedShardDeps;
  readonly #name: ShardName;

  constructor(name: ShardName, deps: ProbedShardDeps, limits: ProbedShardLimits, mode: SubscriptionMode) {
    this.#name = name;
    this.#deps = deps;
    const { shards, sharded, listener, metrics } = deps;
    const log = deps.log.child({ shard: name });
    this.#probe = new Probe(
      { listening: () => this.subscriber.live, send: (text) => this.#send(text), lost: () => this.#lost() },
      limits,
    );
    this.subscriber = new ShardSubscriber(
      {
        connection: deps.createConnection(shards.addressOf(name)),
        sharded,
        listener,
        metrics,
        probe: this.#probe,
        lost: () => shards.refresh(),
        log,
      },
      limits,
      mode,
    );
    void this.#probe.run();
  }

  close(): void {
    this.#probe.close();
    this.subscriber.close();
  }

  async #send(text: string): Promise<void> {
    const channel = probeChannel(this.#partition(), this.#deps.instance);
    await this.subscriber.listenToProbe(channel);
    await this.#deps.send(channel, text);
  }

  /** Any partition that the shard holds; in a cluster a channel belongs to the shard of its partition. */
  #partition(): number {
    for (let partition = 0; partition < partitionCount; partition++)
      if (this.#deps.shards.shardOf(partition) === this.#name) return partition;
    return 0;
  }

  #lost(): void {
    this.#deps.log.warn({ shard: this.#name }, 'a subscriber connection hears nothing, connecting anew');
    this.#deps.metrics.probeLost();
    this.#deps.shards.refresh();
    this.subscriber.reconnect();
  }
}
