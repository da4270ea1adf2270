import type { FanoutErrorCode, Publisher } from '#fanout/ports.ts';
import type { Clock } from '#feed-adapter/clock.ts';
import type { PendingTick } from '#feed-adapter/normalise/pending-tick.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Tracer } from '#runtime/tracer.ts';
import {
  PartitionPublisher,
  type PartitionPublisherLimits,
  type PartitionPublisherObserver,
} from './partition-publisher.ts';
import { createPublishTrace } from './publish-trace.ts';
import { createPublishTrouble } from './publish-trouble.ts';
import { withDrops } from './tick-queue.ts';

/** Dropped ticks per symbol that clients do not know of yet: the symbol's next tick carries the number. */
export type UntoldDrops = ReadonlyMap<StockSymbol, number>;

/** Ticks between the normaliser and Redis: bounded, in order, and every dropped tick is counted and told. */
export interface PublishQueue {
  push(tick: PendingTick): void;
  /** The symbol's next tick will say that so many may be missing before it. */
  addUntold(symbol: StockSymbol, ticks: number): void;
  /** Ticks that fit before older ones are dropped. */
  room(): number;
  /** Why the last try failed; undefined when it did not. */
  failing(): FanoutErrorCode | undefined;
  /** Sends all that waits; resolves when nothing is left, or nothing more can be sent, or after `deadlineMs`. */
  drain(deadlineMs: number): Promise<void>;
  /** Sends nothing more. What is not known to be published is dropped: counted, told to its receipt, and returned. */
  stop(): UntoldDrops;
}

export interface PublishQueueMetrics {
  published(ticks: number, latencyMs: number): void;
  dropped(ticks: number): void;
  compacted(): void;
  retried(): void;
}

export interface PublishQueueDeps {
  readonly source: string;
  /** Fencing token of the leadership that the publish queue belongs to. */
  readonly token: number;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: PublishQueueMetrics;
  readonly log: Logger;
  readonly tracer: Tracer;
  /** What earlier publish queues of the source dropped. */
  readonly untoldDrops: UntoldDrops;
  /** Another instance publishes for the source; nothing more is sent. Called at most once. */
  readonly onFenced: () => void;
}

export interface PublishQueueLimits extends PartitionPublisherLimits {
  /** Ticks that may wait, beside the batches in flight. At least twice the symbols. */
  readonly queueTicksMax: number;
}

export const publishQueueLimits: PublishQueueLimits = {
  queueTicksMax: 400_000,
  batchTicksMax: 500,
  backlogBatchTicksMax: 2000,
  batchesUnderWayMax: 4,
  lingerMs: 5,
  retryDelayMinMs: 50,
  retryDelayMaxMs: 250, // a second of it was half of the time that a failover took
};

export function createPublishQueue(deps: PublishQueueDeps, limits: PublishQueueLimits): PublishQueue {
  const { source, publisher, clock, metrics, log, onFenced } = deps;
  const partitions = new Map<number, PartitionPublisher>();
  const untoldDrops = new Map(deps.untoldDrops);
  let waiting = 0;
  let inFlight = 0;
  const trouble = createPublishTrouble(source, log);
  const trace = createPublishTrace(deps.tracer, source);
  let halted = false;
  let onIdle: (() => void) | undefined;

  const observer: PartitionPublisherObserver = {
    sent(ticks) {
      waiting -= ticks;
      inFlight += ticks;
    },
    published(ticks, latencyMs) {
      inFlight -= ticks;
      metrics.published(ticks, latencyMs);
      if (waiting + inFlight > 0) return;
      trouble.emptied();
      onIdle?.();
    },
    failing: (code) => trouble.failing(code, waiting),
    retried: () => metrics.retried(),
    recovered: () => trouble.recovered(waiting),
    fenced() {
      if (halted) return;
      halt();
      log.warn({ source, token: deps.token }, 'publishing refused, another instance leads');
      onFenced();
    },
  };

  function push(tick: PendingTick): void {
    if (waiting >= limits.queueTicksMax) compact();
    waiting++;
    partitionOf(tick.symbol).push(untoldDrops.size === 0 ? tick : withUntoldDrops(tick));
  }

  function partitionOf(symbol: StockSymbol): PartitionPublisher {
    const group = publisher.groupOf(symbol);
    let partition = partitions.get(group);
    if (partition === undefined) {
      partition = new PartitionPublisher({ ...deps, observer, trace, group }, limits);
      partitions.set(group, partition);
    }
    return partition;
  }

  function addUntold(symbol: StockSymbol, ticks: number): void {
    untoldDrops.set(symbol, (untoldDrops.get(symbol) ?? 0) + ticks);
  }

  function withUntoldDrops(tick: PendingTick): PendingTick {
    const dropped = untoldDrops.get(tick.symbol) ?? 0;
    untoldDrops.delete(tick.symbol);
    return withDrops(tick, (tick.gaveUp ?? 0) + dropped);
  }

  function compact(): void {
    const dropped = sum([...partitions.values()].map((partition) => partition.queue.compact()));
    waiting -= dropped;
    metrics.dropped(dropped);
    metrics.compacted();
    trouble.dropped(dropped, waiting);
  }

  function drain(deadlineMs: number): Promise<void> {
    for (const partition of partitions.values()) partition.send();
    if (halted || waiting + inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancel = clock.after(deadlineMs, resolve);
      onIdle = () => {
        cancel();
        resolve();
      };
    });
  }

  function halt(): void {
    halted = true;
    for (const partition of partitions.values()) partition.halt();
    onIdle?.();
  }

  function stop(): UntoldDrops {
    halt();
    const left = [...partitions.values()].flatMap((partition) => [
      ...partition.inFlight,
      ...partition.queue.take(partition.queue.size),
    ]);
    partitions.clear();
    for (const { symbol, gaveUp, receipt } of left) {
      addUntold(symbol, 1 + (gaveUp ?? 0));
      receipt?.abandoned();
    }
    if (left.length > 0) log.warn({ source, dropped: left.length }, 'unpublished ticks dropped');
    metrics.dropped(left.length);
    waiting = 0;
    inFlight = 0;
    return untoldDrops;
  }

  return {
    push,
    addUntold,
    room: () => limits.queueTicksMax - waiting,
    failing: () => trouble.code(),
    drain,
    stop,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
