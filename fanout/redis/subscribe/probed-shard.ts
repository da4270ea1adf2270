import { partitionCount } from '#fanout/partition.ts';
import type { ShardName } from '#fanout/redis/connection/shard-map.ts';
import { probeChannel } from '#fanout/redis/keys.ts';
import { Probe } from './probe.ts';
import type { RedisLiveDeps, RedisLiveLimits } from './redis-live-deps.ts';
import { ShardSubscriber, type ShardSubscriberDeps } from './shard-subscriber.ts';
import type { SubscriptionMode } from './subscription-mode.ts';

export type ProbedShardDeps = Pick<ShardSubscriberDeps, 'receiverOf' | 'message' | 'interrupted'> &
  RedisLiveDeps;

/** One shard's subscriptions, given a new connection whenever a probe shows that they hear nothing. */
export class ProbedShard {
  readonly subscriber: ShardSubscriber;
  readonly #probe: Probe;
  readonly #deps: ProbedShardDeps;
  readonly #name: ShardName;

  constructor(name: ShardName, deps: ProbedShardDeps, limits: RedisLiveLimits, mode: SubscriptionMode) {
    this.#name = name;
    this.#deps = deps;
    const { shards, sharded, receiverOf, message, interrupted } = deps;
    const log = deps.log.child({ shard: name });
    this.#probe = new Probe(
      { listening: () => this.subscriber.live, send: (text) => this.#send(text), lost: () => this.#lost() },
      limits,
    );
    this.subscriber = new ShardSubscriber(
      {
        connection: deps.createConnection(shards.addressOf(name)),
        sharded,
        receiverOf,
        message,
        interrupted,
        probeHeard: (text) => this.#probe.heard(text),
        undecodable: (kind) => deps.metrics.undecodable(kind),
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
