import type { Fanout } from '#fanout/ports.ts';
import type { Logger } from '#runtime/logger.ts';
import type { HubCounts } from './counts.ts';
import { createDeliveryGroups } from './delivery/delivery-groups.ts';
import { createFlushClock } from './delivery/flush-clock.ts';
import { createFlushWindow, type FlushWindowLimits } from './delivery/flush-window.ts';
import { Flusher } from './delivery/flusher.ts';
import { createFrequencyWindows, type FrequencyWindows } from './delivery/frequency-windows.ts';
import type { Publish } from './delivery/group-members.ts';
import { createLoopLoad } from './delivery/loop-load.ts';
import { type ReplayLimits, Replays } from './recovery/replays.ts';
import { type SlowConsumerLimits, SlowConsumers } from './recovery/slow-consumers.ts';
import { createTimeShare, type TimeShareLimits } from './recovery/time-share.ts';
import type { Job } from './schedule.ts';
import type { SessionBarrier } from './session/session-barrier.ts';
import {
  createFeedsByDelay,
  type FeedsByDelay,
  type FeedsByDelayLimits,
} from './symbols/delay/feeds-by-delay.ts';

export interface UpdatePathDeps {
  readonly fanout: Fanout;
  readonly publish: Publish;
  readonly barrier: SessionBarrier;
  readonly counts: HubCounts;
  readonly log: Logger;
  /** Unix ms. */
  readonly now: () => number;
  /** ms of a clock that never goes back. */
  readonly elapsedMs: () => number;
  /** 0 … 1 */
  readonly random: () => number;
  /** Takes the age of an update when it arrives, in ms. */
  readonly observeLatency: (latencyMs: number) => void;
}

export interface UpdatePathLimits
  extends FeedsByDelayLimits,
    FlushWindowLimits,
    ReplayLimits,
    SlowConsumerLimits {
  /** What replays may take of the time between two turns. */
  readonly replayTime: TimeShareLimits;
  /** What the first replays of those who just subscribed may take of it besides. */
  readonly replayStartTime: TimeShareLimits;
  /** Time between two turns: phases that have come round are published, and replays go on. */
  readonly turnMs: number;
  /** How often the hub looks at its load. */
  readonly loadSampleMs: number;
  /** How often unused feeds and old ticks are let go. */
  readonly sweepMs: number;
  /** How often the hub looks for what has come of age for delayed clients. */
  readonly delayedLookMs: number;
  /** What rounds of slow sockets may take of the time between two of their turns. */
  readonly slowConsumerTime: TimeShareLimits;
  /** Time between two turns of slow sockets. */
  readonly slowConsumerMs: number;
}

/** The way of an update from the fanout to sockets: symbol feeds, delivery groups, flushes, and catching up. */
export interface UpdatePath {
  readonly feeds: FeedsByDelay;
  readonly windows: FrequencyWindows;
  readonly replays: Replays;
  readonly slowConsumers: SlowConsumers;
  readonly jobs: readonly Job[];
  stop(): void;
}

export function createUpdatePath(deps: UpdatePathDeps, limits: UpdatePathLimits): UpdatePath {
  const { fanout, counts, barrier, now, elapsedMs, log, random, observeLatency } = deps;
  /** Near the wall clock, but never going back: a user's windows end together at all hubs. */
  const windowMs = (): number => performance.timeOrigin + performance.now();
  const feeds = createFeedsByDelay(
    {
      live: fanout.live,
      history: fanout.history,
      groupOf: (symbol) => fanout.publisher.groupOf(symbol),
      ...{ counts, now, elapsedMs, log, random, observeLatency },
    },
    limits,
  );
  const flushWindow = createFlushWindow(limits);
  const flushClock = createFlushClock({ flush: () => flusher.flush(), windowMs: () => flushWindow.ms });
  const flusher = new Flusher(
    {
      wanted: () => flushClock.request(),
      whenSettled: (settled) => setImmediate(settled),
      settle: () => slowConsumers.settle(elapsedMs()),
      flushed: () => replays.turn(),
    },
    windowMs(),
  );
  const windows = createFrequencyWindows({ now: windowMs }, limits);
  const groups = createDeliveryGroups({ publish: deps.publish, queue: flusher, counts });
  const time = createTimeShare(elapsedMs, limits.replayTime);
  const startTime = createTimeShare(elapsedMs, limits.replayStartTime);
  const replays = new Replays({ groups, windows, barrier, time, startTime }, limits);
  const slowConsumers = new SlowConsumers(
    { replays, counts, barrier, time: createTimeShare(elapsedMs, limits.slowConsumerTime) },
    limits,
  );
  const loopLoad = createLoopLoad();
  const sweep = (): void => {
    feeds.sweep(elapsedMs());
    replays.keepTicks(); // after it: a hold that has reached its end lets go once
  };
  const jobs = [
    { name: 'flush phases', everyMs: limits.turnMs, run: () => flusher.turn(windowMs()) },
    { name: 'measure load', everyMs: limits.loadSampleMs, run: () => flushWindow.observe(loopLoad()) },
    {
      name: 'serve slow consumers',
      everyMs: limits.slowConsumerMs,
      run: () => slowConsumers.turn(elapsedMs()),
    },
    { name: 'let go of feeds and ticks', everyMs: limits.sweepMs, run: sweep },
    { name: 'poll delayed feeds', everyMs: limits.delayedLookMs, run: () => feeds.look() },
  ];
  return { feeds, windows, replays, slowConsumers, jobs, stop: () => flushClock.stop() };
}
