import { counter, gauge, histogram, type MetricsRegistry } from '#runtime/metrics.ts';
import { sampledCounter } from '#runtime/sampled-metrics.ts';
import { standbyReasons } from './leadership.ts';
import type { SourceMetrics } from './source-meter.ts';

/** The metrics of the feed adapter; each source takes its own share at its start. */
export interface FeedMetrics {
  of(source: string): SourceMetrics;
}

const bySource = ['source'] as const;
const delaySeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60];
/** Observing a histogram takes as long as everything else that is done with a tick. */
const delaySampleEvery = 16;
const batchTicks = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1000];

/** Declares them in `registry`; no label holds a symbol. */
export function createFeedMetrics(registry: MetricsRegistry): FeedMetrics {
  const declared = declare(registry);
  return { of: (source) => shareOf(source, declared) };
}

type Declared = ReturnType<typeof declare>;

/** A source's children are looked up once: a look-up by label costs more than the counting itself. */
function shareOf(source: string, declared: Declared): SourceMetrics {
  const received = declared.received.of(source);
  const conflated = declared.conflated.of(source);
  let delays = 0;
  const published = declared.published.labels({ source });
  const dropped = declared.dropped.labels({ source });
  const compactions = declared.compactions.labels({ source });
  const retries = declared.retries.labels({ source });
  const batchSize = declared.batchSize.labels({ source });
  const publishSeconds = declared.publishSeconds.labels({ source });
  const venueDelaySeconds = declared.venueDelaySeconds.labels({ source });
  const venueGaps = declared.venueGaps.labels({ source });
  const reconnects = declared.reconnects.labels({ source });
  const leads = declared.leads.labels({ source });
  const symbolsRefused = declared.symbolsRefused.labels({ source });
  // What counts rare events begins at 0: the first one is an increase only if there was something before it.
  for (const count of [published, dropped, compactions, retries, venueGaps, reconnects]) count.inc(0);
  for (const reason of standbyReasons) declared.leadershipEnded.inc({ source, reason }, 0);
  leads.set(0);
  symbolsRefused.set(0);
  return {
    received() {
      received.value++;
    },
    conflated() {
      conflated.value++;
    },
    rejected: (reason) => declared.rejected.inc({ source, reason }),
    venueDelay(delayMs) {
      delays++;
      if (delays % delaySampleEvery === 0) venueDelaySeconds.observe(delayMs / 1000);
    },
    published(ticks, latencyMs) {
      published.inc(ticks);
      batchSize.observe(ticks);
      publishSeconds.observe(latencyMs / 1000);
    },
    dropped: (ticks) => dropped.inc(ticks),
    compacted: () => compactions.inc(),
    retried: () => retries.inc(),
    venueGap: (missed) => venueGaps.inc(missed),
    reconnected: () => reconnects.inc(),
    leading: (now) => leads.set(now ? 1 : 0),
    symbolsRefused: (count) => symbolsRefused.set(count),
    leadershipEnded: (reason) => declared.leadershipEnded.inc({ source, reason }),
  };
}

function declare(registry: MetricsRegistry) {
  return {
    ...declareVenue(registry),
    ...declarePublishing(registry),
    ...declareLeadership(registry),
  };
}

/** From the venue to a tick. */
function declareVenue(registry: MetricsRegistry) {
  return {
    received: tickCounter(
      registry,
      'tickwire_feed_received_total',
      'Messages of the venue that said something of a symbol',
    ),
    rejected: counter(registry, {
      name: 'tickwire_feed_rejected_total',
      help: 'Messages of the venue that did not become a tick',
      labelNames: ['source', 'reason'],
    }),
    venueDelaySeconds: histogram(registry, {
      name: 'tickwire_feed_venue_delay_seconds',
      help: "From the venue's time of a message to ours, of every 16th; depends on both clocks",
      labelNames: bySource,
      buckets: delaySeconds,
    }),
    venueGaps: counter(registry, {
      name: 'tickwire_feed_venue_gaps_total',
      help: "Messages that the venue's own numbering shows to be missing",
      labelNames: bySource,
    }),
    reconnects: counter(registry, {
      name: 'tickwire_feed_reconnects_total',
      help: 'Times that the venue had to be connected again',
      labelNames: bySource,
    }),
  };
}

/** From a tick to Redis. */
function declarePublishing(registry: MetricsRegistry) {
  return {
    conflated: tickCounter(
      registry,
      'tickwire_feed_conflated_total',
      'Ticks that went into the next one of their symbol, by TICKWIRE_CONFLATE_MS',
    ),
    published: counter(registry, {
      name: 'tickwire_feed_published_total',
      help: 'Ticks known to be published',
      labelNames: bySource,
    }),
    dropped: counter(registry, {
      name: 'tickwire_feed_dropped_total',
      help: 'Ticks dropped, because publishing failed for too long',
      labelNames: bySource,
    }),
    compactions: counter(registry, {
      name: 'tickwire_feed_compactions_total',
      help: 'Times that the full queue was reduced to one tick per symbol',
      labelNames: bySource,
    }),
    retries: counter(registry, {
      name: 'tickwire_feed_publish_retries_total',
      help: 'Batches whose outcome was not known, so that they were sent again',
      labelNames: bySource,
    }),
    batchSize: histogram(registry, {
      name: 'tickwire_feed_batch_ticks',
      help: 'Ticks in a published batch',
      labelNames: bySource,
      buckets: batchTicks,
    }),
    publishSeconds: histogram(registry, {
      name: 'tickwire_feed_publish_seconds',
      help: 'From the first try of a batch until it is known to be published',
      labelNames: bySource,
      buckets: delaySeconds,
    }),
  };
}

/** Who reads and publishes the source, and what the catalogue took of it. */
function declareLeadership(registry: MetricsRegistry) {
  return {
    leads: gauge(registry, {
      name: 'tickwire_feed_leading',
      help: '1 while this process reads and publishes the source',
      labelNames: bySource,
    }),
    leadershipEnded: counter(registry, {
      name: 'tickwire_feed_leadership_ended_total',
      help: 'Times that this process led the source and had to stop; stopped: by its own wish',
      labelNames: ['source', 'reason'],
    }),
    symbolsRefused: gauge(registry, {
      name: 'tickwire_feed_symbols_refused',
      help: 'Symbols of the source that the full catalogue did not take: nobody can subscribe to them',
      labelNames: bySource,
    }),
  };
}

/** A plain number per source, read at each scrape: counted for each tick, unlike the others. */
function tickCounter(registry: MetricsRegistry, name: `tickwire_${string}`, help: string) {
  const counts: { readonly labels: { readonly source: string }; value: number }[] = [];
  sampledCounter(registry, { name, help, labelNames: bySource }, () => counts);
  return {
    of(source: string): { value: number } {
      const count = { labels: { source }, value: 0 };
      counts.push(count);
      return count;
    },
  };
}
