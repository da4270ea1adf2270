import type { PendingTick } from '#feed-adapter/normalise/pending-tick.ts';
import {
  PartitionPublisher,
  type PartitionPublisherDeps,
  type PartitionPublisherLimits,
} from './partition-publisher.ts';

/** The publishers of a source's partitions, each made for the partition's first tick. */
export class Partitions {
  readonly #deps: Omit<PartitionPublisherDeps, 'group'>;
  readonly #limits: PartitionPublisherLimits;
  readonly #publishers = new Map<number, PartitionPublisher>();

  constructor(deps: Omit<PartitionPublisherDeps, 'group'>, limits: PartitionPublisherLimits) {
    this.#deps = deps;
    this.#limits = limits;
  }

  /** @param group see `Publisher.groupOf` */
  publisherOf(group: number): PartitionPublisher {
    let publisher = this.#publishers.get(group);
    if (publisher === undefined) {
      publisher = new PartitionPublisher({ ...this.#deps, group }, this.#limits);
      this.#publishers.set(group, publisher);
    }
    return publisher;
  }

  /** Keeps the newest waiting tick of each symbol; returns how many were dropped. */
  compact(): number {
    let dropped = 0;
    for (const { queue } of this.#publishers.values()) dropped += queue.compact();
    return dropped;
  }

  /** Sends what waits without lingering. */
  send(): void {
    for (const publisher of this.#publishers.values()) publisher.send();
  }

  halt(): void {
    for (const publisher of this.#publishers.values()) publisher.halt();
  }

  /** Takes every tick that is not known to be published, oldest first in each partition. */
  takeAll(): readonly PendingTick[] {
    const left = [...this.#publishers.values()].flatMap(({ inFlight, queue }) => [
      ...inFlight,
      ...queue.take(queue.size),
    ]);
    this.#publishers.clear();
    return left;
  }
}
