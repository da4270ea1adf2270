import type { SourceStatus } from '#fanout/ports.ts';
import type { StandbyReason } from './leadership.ts';
import type { NormaliserMetrics, RejectionReason } from './normalise/normaliser.ts';
import type { PublishQueueMetrics } from './publish/publish-queue.ts';

/** What is measured of one source. Called for each tick, so a call must be cheap. */
export interface SourceMetrics extends NormaliserMetrics, PublishQueueMetrics {
  /** A tick went into the next one of its symbol. */
  conflated(): void;
  /** The venue's own numbering shows that so many messages are missing. */
  venueGap(missed: number): void;
  /** The venue was live and had to connect again. */
  reconnected(): void;
  /** Whether this instance leads the source. */
  leading(leads: boolean): void;
  /** So many of its symbols the catalogue did not take, as it is full; 0 once it took all. */
  symbolsRefused(count: number): void;
  /** It led the source and does so no more. */
  leadershipEnded(reason: StandbyReason): void;
}

/** The counts that a source's status holds. */
export type SourceCounts = Pick<
  SourceStatus,
  'published' | 'rejected' | 'gaveUp' | 'venueGaps' | 'reconnects'
>;

/** A source's metrics, with sums of what they were told. */
export interface SourceMeter extends SourceMetrics {
  /** The counts since the start of the process, as `GET /sources` shows them. */
  counts(): SourceCounts;
}

/** Counts for the source's status what goes to its metrics, so that the two can not disagree. */
export function createSourceMeter(metrics: SourceMetrics): SourceMeter {
  const counts = { published: 0, gaveUp: 0, venueGaps: 0, reconnects: 0 };
  const rejected = new Map<RejectionReason, number>();
  return {
    received: () => metrics.received(),
    venueDelay: (delayMs) => metrics.venueDelay(delayMs),
    conflated: () => metrics.conflated(),
    compacted: () => metrics.compacted(),
    retried: () => metrics.retried(),
    leading: (leads) => metrics.leading(leads),
    symbolsRefused: (count) => metrics.symbolsRefused(count),
    leadershipEnded: (reason) => metrics.leadershipEnded(reason),
    rejected(reason) {
      rejected.set(reason, (rejected.get(reason) ?? 0) + 1);
      metrics.rejected(reason);
    },
    published(ticks, latencyMs) {
      counts.published += ticks;
      metrics.published(ticks, latencyMs);
    },
    dropped(ticks) {
      counts.gaveUp += ticks;
      metrics.dropped(ticks);
    },
    venueGap(missed) {
      counts.venueGaps += missed;
      metrics.venueGap(missed);
    },
    reconnected() {
      counts.reconnects++;
      metrics.reconnected();
    },
    counts: () => ({ ...counts, rejected: Object.fromEntries(rejected) }),
  };
}
