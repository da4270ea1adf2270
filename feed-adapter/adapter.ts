import type { Fanout, SourceStatus } from '#fanout/ports.ts';
import type { Logger } from '#runtime/logger.ts';
import type { Tracer } from '#runtime/tracing/tracer.ts';
import type { Clock } from './clock.ts';
import { leadershipLimits } from './leadership.ts';
import type { FeedMetrics } from './metrics.ts';
import { normaliserLimits } from './normalise/normaliser.ts';
import { publishQueueLimits } from './publish/publish-queue.ts';
import { createSource, type SourceLimits } from './source.ts';
import type { SourceDefinition } from './source-definition.ts';
import { createSourceMeter } from './source-meter.ts';

/** Brings the ticks of some venues to the fanout. */
export interface Adapter {
  /** Contends for the leadership of each source from now on. */
  start(): void;
  /** Ends the venues, publishes what waits, and hands the sources over; done within about `deadlineMs`. */
  stop(deadlineMs: number): Promise<void>;
  /** Of this process's sources only; `fanout.directory.sources()` has those of all processes. */
  status(): readonly SourceStatus[];
}

/** What an adapter publishes to, and the sources that it may lead. */
export interface AdapterDeps {
  readonly fanout: Pick<Fanout, 'publisher' | 'history' | 'directory' | 'leases'>;
  readonly venues: readonly SourceDefinition[];
  readonly clock: Clock;
  /** Evenly from 0 to below 1. */
  readonly random: () => number;
  readonly log: Logger;
  readonly tracer: Tracer;
  readonly metrics: FeedMetrics;
  /** Names this process among all that may run the same sources; unique, also after a restart. */
  readonly holder: string;
}

/** Bounds of each source unless the configuration says otherwise. */
export const adapterLimits: SourceLimits = {
  normaliser: normaliserLimits,
  publishQueue: publishQueueLimits,
  conflateMs: 0,
  leadership: leadershipLimits,
  venueStopMs: 5000,
  announceEveryMs: 5000,
  retireEveryMs: 3_600_000,
  reportEveryMs: 1000,
  reportTtlMs: 5000,
};

/** @throws RangeError when two venues have the same source id */
export function createAdapter(deps: AdapterDeps, limits: SourceLimits): Adapter {
  const ids = deps.venues.map(({ source }) => source);
  const repeated = ids.find((id, i) => ids.indexOf(id) !== i);
  if (repeated !== undefined) throw new RangeError(`the source ${repeated} is configured twice`);
  const sources = deps.venues.map((definition) => {
    const meter = createSourceMeter(deps.metrics.of(definition.source));
    return createSource({ ...deps, definition, meter }, limits);
  });
  return {
    start() {
      for (const source of sources) source.start();
    },
    async stop(deadlineMs) {
      await Promise.all(sources.map((source) => source.stop(deadlineMs)));
    },
    status: () => sources.map((source) => source.status()),
  };
}
