import { frequencyClassesMs } from '#protocol/frequency.ts';
import { histogram, type MetricsRegistry } from '#runtime/metrics.ts';
import { type Sample, sampledCounter, sampledGauge } from '#runtime/sampled-metrics.ts';
import type { Hub } from './hub.ts';

/** Upper bounds in seconds, from half a millisecond to ten seconds. */
const latencyBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What the metrics are read from. */
export type MeasuredHub = Pick<Hub, 'counts' | 'listener' | 'symbols' | 'unreportedSymbols'>;

/** Takes the time from the adapter's reading of a tick to its arrival at the hub; ms. */
export type ObserveLatency = (latencyMs: number) => void;

/** The histogram that the data plane writes to; made before the hub. */
export function createLatencyMetric(registry: MetricsRegistry): ObserveLatency {
  const latency = histogram(registry, {
    name: 'tickwire_hub_update_latency_seconds',
    help: 'From the adapter reading a tick to the hub receiving it; one in sixteen is measured',
    buckets: latencyBuckets,
  });
  return (latencyMs) => latency.observe(latencyMs / 1000);
}

/** What a metric is when it is scraped: one number, or one for each value of its label. */
type Reading = number | Readonly<Record<string, number>>;

interface HubMetric {
  readonly name: `tickwire_hub_${string}`;
  readonly help: string;
  /** Left out: the metric is one number. */
  readonly label?: string;
  readonly read: (hub: MeasuredHub, limits: MeasuredLimits) => Reading;
}

interface MeasuredLimits {
  readonly socketsMax: number;
}

const gauges: readonly HubMetric[] = [
  { name: 'tickwire_hub_sockets', help: 'Open sockets', read: ({ counts }) => counts.sockets },
  {
    name: 'tickwire_hub_listener',
    help: '1 for what serves the port',
    label: 'kind',
    read: (hub) => ({ [hub.listener]: 1 }),
  },
  {
    name: 'tickwire_hub_sockets_max',
    help: 'Sockets that it takes',
    read: (_hub, limits) => limits.socketsMax,
  },
  {
    name: 'tickwire_hub_subscriptions',
    help: 'Symbols subscribed by all sockets',
    read: ({ counts }) => counts.subscriptions,
  },
  { name: 'tickwire_hub_symbols', help: 'Symbols subscribed at the fanout', read: (hub) => hub.symbols },
  {
    name: 'tickwire_hub_unreported_symbols',
    help: 'Subscribed symbols whose source no adapter has reported since the hub began',
    read: (hub) => hub.unreportedSymbols,
  },
  {
    name: 'tickwire_hub_slow_sockets',
    help: 'Slow sockets by level',
    label: 'level',
    read: ({ counts }) => counts.slow,
  },
  {
    name: 'tickwire_hub_stale',
    help: '1 while the fanout is away; sources that are silent',
    label: 'reason',
    read: ({ counts }) => counts.stale,
  },
  {
    name: 'tickwire_hub_strange_hubs',
    help: 'Registered hubs that nobody is sent to, as their sockets are at hosts that are not configured',
    read: ({ counts }) => counts.strangeHubs,
  },
];

const counters: readonly HubMetric[] = [
  {
    name: 'tickwire_hub_updates_received_total',
    help: 'Updates from the fanout',
    read: ({ counts }) => counts.updatesReceived,
  },
  {
    name: 'tickwire_hub_updates_duplicate_total',
    help: 'Updates received that were known',
    read: ({ counts }) => counts.duplicates,
  },
  {
    name: 'tickwire_hub_updates_expected_total',
    help: 'Updates times the subscriptions of every update that wanted them; delivered of class 0 should equal it',
    read: ({ counts }) => counts.expected,
  },
  {
    name: 'tickwire_hub_catch_ups_total',
    help: 'Symbols caught up',
    label: 'reason',
    read: ({ counts }) => counts.catchUps,
  },
  {
    name: 'tickwire_hub_resets_total',
    help: 'Resets sent',
    label: 'reason',
    read: ({ counts }) => counts.resets,
  },
  {
    name: 'tickwire_hub_sockets_overflowed_total',
    help: 'Sockets whose frames were dropped',
    read: ({ counts }) => counts.overflowed,
  },
  {
    name: 'tickwire_hub_slow_disconnects_total',
    help: 'Sockets closed as too slow',
    read: ({ counts }) => counts.slowDisconnects,
  },
  {
    name: 'tickwire_hub_session_failures_total',
    help: 'Sockets closed by a fault of the hub in their work',
    read: ({ counts }) => counts.sessionFailures,
  },
  {
    name: 'tickwire_hub_request_failures_total',
    help: 'HTTP requests and handshakes answered with 500',
    read: ({ counts }) => counts.requestFailures,
  },
  {
    name: 'tickwire_hub_history_reads_total',
    help: 'Reads of the replay buffer',
    read: ({ counts }) => counts.historyReads,
  },
  {
    name: 'tickwire_hub_history_entries_total',
    help: 'Entries read from the replay buffer',
    read: ({ counts }) => counts.historyEntries,
  },
  {
    name: 'tickwire_hub_history_failures_total',
    help: 'Reads of the replay buffer that failed',
    read: ({ counts }) => counts.historyFailures,
  },
  {
    name: 'tickwire_hub_history_unreadable_total',
    help: 'Reads of a symbol whose key in Redis holds something else; its holders were told',
    read: ({ counts }) => counts.historyUnreadable,
  },
  {
    name: 'tickwire_hub_delayed_history_short_total',
    help: 'Times that the replay buffer had let go of what delayed clients had yet to get',
    read: ({ counts }) => counts.delayedHistoryShort,
  },
  {
    name: 'tickwire_hub_client_errors_total',
    help: 'Errors answered',
    label: 'code',
    read: ({ counts }) => counts.clientErrors,
  },
  {
    name: 'tickwire_hub_sockets_refused_total',
    help: 'Sockets refused',
    label: 'reason',
    read: ({ counts }) => counts.refusedSockets,
  },
  {
    name: 'tickwire_hub_connections_refused_total',
    help: 'Connections ended before they asked for anything',
    label: 'reason',
    read: ({ counts }) => counts.refusedConnections,
  },
  {
    name: 'tickwire_hub_authentications_total',
    help: 'Tokens checked, and sockets closed for want of one',
    label: 'outcome',
    read: ({ counts }) => counts.authentications,
  },
];

/** Every metric of the hub but the histogram; all are read from its counts when they are scraped. */
export function registerHubMetrics(
  registry: MetricsRegistry,
  hub: MeasuredHub,
  limits: MeasuredLimits,
): void {
  for (const [sampled, metrics] of [
    [sampledGauge, gauges],
    [sampledCounter, counters],
  ] as const)
    for (const { name, help, label, read } of metrics)
      sampled(registry, { name, help, ...(label !== undefined && { labelNames: [label] }) }, () =>
        samplesOf(read(hub, limits), label),
      );
  sampledCounter(
    registry,
    {
      name: 'tickwire_hub_updates_delivered_total',
      help: 'Updates handed to sockets',
      labelNames: ['format', 'class_ms'],
    },
    () => deliveredSamples(hub),
  );
}

function samplesOf(reading: Reading, label = ''): Sample[] {
  if (typeof reading === 'number') return [{ value: reading }];
  return Object.entries(reading).map(([name, value]) => ({ labels: { [label]: name }, value }));
}

function deliveredSamples({ counts }: MeasuredHub): Sample[] {
  return (['json', 'msgpack'] as const).flatMap((format) =>
    frequencyClassesMs.map((classMs) => ({
      labels: { format, class_ms: String(classMs) },
      value: counts.delivered[format][classMs],
    })),
  );
}
