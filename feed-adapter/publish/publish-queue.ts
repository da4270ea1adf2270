import type { FanoutErrorCode, Publisher } from '#fanout/ports.ts';
import type { Clock } from '#feed-adapter/clock.ts';
import type { PendingTick } from '#feed-adapter/normalise/pending-tick.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Tracer } from '#runtime/tracing/tracer.ts';
import type { PartitionPublisherLimits, PartitionPublisherObserver } from './partition-publisher.ts';
import { Partitions } from './partitions.ts';
import { createPublishTrace } from './publish-trace.ts';
import { createPublishTrouble, type PublishTrouble } from './publish-trouble.ts';
import { QueueCounts } from './queue-counts.ts';
import { DropLedger, type UntoldDrops } from './untold-drops.ts';

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

/** Who counts what is published and lost. */
export interface PublishQueueMetrics {
  published(ticks: number, latencyMs: number): void;
  dropped(ticks: number): void;
  compacted(): void;
  retried(): void;
}

/** Where ticks go, under which fencing token, and who counts them. */
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

/** How many ticks may wait. */
export interface PublishQueueLimits extends PartitionPublisherLimits {
  /** Ticks that may wait, beside the batches in flight. At least twice the symbols. */
  readonly queueTicksMax: number;
}

/** For every source unless the configuration says otherwise. */
export const publishQueueLimits: PublishQueueLimits = {
  queueTicksMax: 400_000,
  batchTicksMax: 500,
  backlogBatchTicksMax: 2000,
  batchesUnderWayMax: 4,
  lingerMs: 5,
  retryDelayMinMs: 50,
  retryDelayMaxMs: 250, // a second of it was half of the time that a failover took
};

/** Publishes in order for each partition; drops ticks only when too many wait. */
export function createPublishQueue(deps: PublishQueueDeps, limits: PublishQueueLimits): PublishQueue {
  const { source, publisher, clock, metrics, log } = deps;
  const drops = new DropLedger(deps.untoldDrops);
  const counts = new QueueCounts();
  const trouble = createPublishTrouble(source, log);
  const trace = createPublishTrace(deps.tracer, source);
  const observer = createObserver(counts, trouble, metrics, fenced);
  const partitions = new Partitions({ ...deps, observer, trace }, limits);
  let halted = false;

  function push(tick: PendingTick): void {
    if (counts.waiting >= limits.queueTicksMax) compact();
    counts.waiting++;
    partitions.publisherOf(publisher.groupOf(tick.symbol)).push(drops.toldBy(tick));
  }

  function compact(): void {
    const dropped = partitions.compact();
    counts.waiting -= dropped;
    metrics.dropped(dropped);
    metrics.compacted();
    trouble.dropped(dropped, counts.waiting);
  }

  async function drain(deadlineMs: number): Promise<void> {
    partitions.send();
    if (!halted && !counts.isEmpty) await counts.untilEmpty(clock, deadlineMs);
  }

  function fenced(): void {
    if (halted) return;
    halt();
    log.warn({ source, token: deps.token }, 'publishing refused, another instance leads');
    deps.onFenced();
  }

  function halt(): void {
    halted = true;
    partitions.halt();
    counts.release();
  }

  function stop(): UntoldDrops {
    halt();
    const left = partitions.takeAll();
    abandon(left, drops);
    if (left.length > 0) log.warn({ source, dropped: left.length }, 'unpublished ticks dropped');
    metrics.dropped(left.length);
    counts.clear();
    return drops.untold;
  }

  return {
    push,
    addUntold: (symbol, ticks) => drops.add(symbol, ticks),
    room: () => limits.queueTicksMax - counts.waiting,
    failing: () => trouble.code(),
    drain,
    stop,
  };
}

/** What the partitions report goes to the counts, the log and the metrics. */
function createObserver(
  counts: QueueCounts,
  trouble: PublishTrouble,
  metrics: PublishQueueMetrics,
  onFenced: () => void,
): PartitionPublisherObserver {
  return {
    sent: (ticks) => counts.sent(ticks),
    published(ticks, latencyMs) {
      counts.published(ticks);
      metrics.published(ticks, latencyMs);
      if (!counts.isEmpty) return;
      trouble.emptied();
      counts.release();
    },
    failing: (code) => trouble.failing(code, counts.waiting),
    retried: () => metrics.retried(),
    recovered: () => trouble.recovered(counts.waiting),
    fenced: onFenced,
  };
}

function abandon(ticks: readonly PendingTick[], drops: DropLedger): void {
  for (const { symbol, gaveUp, receipt } of ticks) {
    drops.add(symbol, 1 + (gaveUp ?? 0));
    receipt?.abandoned();
  }
}
