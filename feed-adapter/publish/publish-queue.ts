import type { FanoutErrorCode, Publisher } from '#fanout/ports.ts';
import type { Clock } from '#feed-adapter/clock.ts';
import type { PendingTick } from '#feed-adapter/normalise/pending-tick.ts';
import type { StockSymbol } from '#protocol/symbol.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Tracer } from '#runtime/tracer.ts';
import { Lane, type LaneLimits, type LaneObserver } from './partition-publisher.ts';
import { createPublishTrace } from './publish-trace.ts';
import { createOutboxTrouble } from './publish-trouble.ts';
import { withGaveUp } from './tick-queue.ts';

/** Ticks given up, per symbol, that the symbol's next tick has to tell of. */
export type Owed = ReadonlyMap<StockSymbol, number>;

/** What stands between the intake and Redis: bounded, in order, and honest about what it lost. */
export interface Outbox {
  push(tick: PendingTick): void;
  /** The symbol's next tick tells its clients that so many may be missing before it. */
  owe(symbol: StockSymbol, ticks: number): void;
  /** Ticks that fit before older ones are given up. */
  room(): number;
  /** Why the last try failed; undefined when it did not. */
  failing(): FanoutErrorCode | undefined;
  /** Sends all that waits; resolves when nothing is left, or nothing more can be sent, or after `deadlineMs`. */
  drain(deadlineMs: number): Promise<void>;
  /** Sends nothing more. What is not known to be published is given up, counted, returned, and told to whoever waits. */
  stop(): Owed;
}

export interface OutboxMetrics {
  published(ticks: number, latencyMs: number): void;
  gaveUp(ticks: number): void;
  compacted(): void;
  retried(): void;
}

export interface OutboxDeps {
  readonly source: string;
  /** Fencing token of the leadership that the outbox belongs to. */
  readonly token: number;
  readonly publisher: Publisher;
  readonly clock: Clock;
  readonly random: () => number;
  readonly metrics: OutboxMetrics;
  readonly log: Logger;
  readonly tracer: Tracer;
  /** What an earlier outbox of the source gave up. */
  readonly owed: Owed;
  /** Another instance publishes for the source; nothing more is sent. Called at most once. */
  readonly onFenced: () => void;
}

export interface OutboxLimits extends LaneLimits {
  /** Ticks that may wait, beside the batches on the way. At least twice the symbols. */
  readonly queueTicksMax: number;
}

export const outboxLimits: OutboxLimits = {
  queueTicksMax: 400_000,
  batchTicksMax: 500,
  backlogBatchTicksMax: 2000,
  batchesUnderWayMax: 4,
  lingerMs: 5,
  retryDelayMinMs: 50,
  retryDelayMaxMs: 250, // a second of it was half of the time that a failover took
};

export function createOutbox(deps: OutboxDeps, limits: OutboxLimits): Outbox {
  const { source, publisher, clock, metrics, log, onFenced } = deps;
  const lanes = new Map<number, Lane>();
  const owed = new Map(deps.owed);
  let waiting = 0;
  let inFlight = 0;
  const trouble = createOutboxTrouble(source, log);
  const trace = createPublishTrace(deps.tracer, source);
  let halted = false;
  let onIdle: (() => void) | undefined;

  const observer: LaneObserver = {
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
    laneOf(tick.symbol).push(owed.size === 0 ? tick : withOwed(tick));
  }

  function laneOf(symbol: StockSymbol): Lane {
    const group = publisher.groupOf(symbol);
    let lane = lanes.get(group);
    if (lane === undefined) {
      lane = new Lane({ ...deps, observer, trace, group }, limits);
      lanes.set(group, lane);
    }
    return lane;
  }

  function owe(symbol: StockSymbol, ticks: number): void {
    owed.set(symbol, (owed.get(symbol) ?? 0) + ticks);
  }

  function withOwed(tick: PendingTick): PendingTick {
    const gaveUp = owed.get(tick.symbol) ?? 0;
    owed.delete(tick.symbol);
    return withGaveUp(tick, (tick.gaveUp ?? 0) + gaveUp);
  }

  function compact(): void {
    const given = sum([...lanes.values()].map((lane) => lane.queue.compact()));
    waiting -= given;
    metrics.gaveUp(given);
    metrics.compacted();
    trouble.gaveUp(given, waiting);
  }

  function drain(deadlineMs: number): Promise<void> {
    for (const lane of lanes.values()) lane.send();
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
    for (const lane of lanes.values()) lane.halt();
    onIdle?.();
  }

  function stop(): Owed {
    halt();
    const left = [...lanes.values()].flatMap((lane) => [
      ...lane.inFlight,
      ...lane.queue.take(lane.queue.size),
    ]);
    lanes.clear();
    for (const { symbol, gaveUp, receipt } of left) {
      owe(symbol, 1 + (gaveUp ?? 0));
      receipt?.abandoned();
    }
    if (left.length > 0) log.warn({ source, gaveUp: left.length }, 'unpublished ticks given up');
    metrics.gaveUp(left.length);
    waiting = 0;
    inFlight = 0;
    return owed;
  }

  return {
    push,
    owe,
    room: () => limits.queueTicksMax - waiting,
    failing: () => trouble.code(),
    drain,
    stop,
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((a, b) => a + b, 0);
}
