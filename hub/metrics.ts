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

/** Every other metric of the hub; all are read from its counts when they are scraped. */
export function registerHubMetrics(
  registry: MetricsRegistry,
  hub: MeasuredHub,
  limits: { readonly socketsMax: number },
): void {
  const { counts } = hub;
  const one = (value: number): Sample[] => [{ value }];
  const by = (label: string, values: Readonly<Record<string, number>>): Sample[] =>
    Object.entries(values).map(([name, value]) => ({ labels: { [label]: name }, value }));

  sampledGauge(registry, { name: 'tickwire_hub_sockets', help: 'Open sockets' }, () => one(counts.sockets));
  sampledGauge(
    registry,
    { name: 'tickwire_hub_listener', help: '1 for what serves the port', labelNames: ['kind'] },
    () => by('kind', { [hub.listener]: 1 }),
  );
  sampledGauge(registry, { name: 'tickwire_hub_sockets_max', help: 'Sockets that it takes' }, () =>
    one(limits.socketsMax),
  );
  sampledGauge(registry, { name: 'tickwire_hub_subscriptions', help: 'Symbols held by all sockets' }, () =>
    one(counts.subscriptions),
  );
  sampledGauge(registry, { name: 'tickwire_hub_symbols', help: 'Symbols subscribed at the fanout' }, () =>
    one(hub.symbols),
  );
  sampledGauge(
    registry,
    {
      name: 'tickwire_hub_unreported_symbols',
      help: 'Subscribed symbols whose source no adapter has reported since the hub began',
    },
    () => one(hub.unreportedSymbols),
  );
  sampledGauge(
    registry,
    { name: 'tickwire_hub_slow_sockets', help: 'Slow sockets by rung', labelNames: ['rung'] },
    () => by('rung', counts.slow),
  );
  sampledGauge(
    registry,
    {
      name: 'tickwire_hub_stale',
      help: '1 while the fanout is away; sources that are silent',
      labelNames: ['reason'],
    },
    () => by('reason', counts.stale),
  );
  sampledGauge(
    registry,
    {
      name: 'tickwire_hub_strange_hubs',
      help: 'Registered hubs that nobody is sent to, as their sockets are at hosts that are not configured',
    },
    () => one(counts.strangeHubs),
  );
  sampledCounter(
    registry,
    { name: 'tickwire_hub_updates_received_total', help: 'Updates from the fanout' },
    () => one(counts.updatesReceived),
  );
  sampledCounter(
    registry,
    { name: 'tickwire_hub_updates_duplicate_total', help: 'Updates received that were known' },
    () => one(counts.duplicates),
  );
  sampledCounter(
    registry,
    {
      name: 'tickwire_hub_updates_expected_total',
      help: 'Updates times the subscriptions of every update that wanted them; delivered of class 0 should equal it',
    },
    () => one(counts.expected),
  );
  sampledCounter(
    registry,
    {
      name: 'tickwire_hub_updates_delivered_total',
      help: 'Updates handed to sockets',
      labelNames: ['format', 'class_ms'],
    },
    () =>
      (['json', 'msgpack'] as const).flatMap((format) =>
        frequencyClassesMs.map((classMs) => ({
          labels: { format, class_ms: String(classMs) },
          value: counts.delivered[format][classMs],
        })),
      ),
  );
  sampledCounter(
    registry,
    { name: 'tickwire_hub_catch_ups_total', help: 'Symbols caught up', labelNames: ['reason'] },
    () => by('reason', counts.catchUps),
  );
  sampledCounter(
    registry,
    { name: 'tickwire_hub_resets_total', help: 'Losses told', labelNames: ['reason'] },
    () => by('reason', counts.resets),
  );
  sampledCounter(
    registry,
    { name: 'tickwire_hub_sockets_fallen_total', help: 'Sockets whose frames were dropped' },
    () => one(counts.overflowed),
  );
  sampledCounter(
    registry,
    { name: 'tickwire_hub_slow_disconnects_total', help: 'Sockets closed as too slow' },
    () => one(counts.slowDisconnects),
  );
  sampledCounter(
    registry,
    {
      name: 'tickwire_hub_session_failures_total',
      help: 'Sockets closed by a fault of the hub in their work',
    },
    () => one(counts.sessionFailures),
  );
  sampledCounter(
    registry,
    { name: 'tickwire_hub_request_failures_total', help: 'HTTP requests and handshakes answered with 500' },
    () => one(counts.requestFailures),
  );
  sampledCounter(
    registry,
    { name: 'tickwire_hub_history_reads_total', help: 'Reads of the replay buffer' },
    () => one(counts.historyReads),
  );
  sampledCounter(
    registry,
    { name: 'tickwire_hub_history_entries_total', help: 'Entries read from the replay buffer' },
    () => one(counts.historyEntries),
  );
  sampledCounter(
    registry,
    { name: 'tickwire_hub_history_failures_total', help: 'Reads of the replay buffer that failed' },
    () => one(counts.historyFailures),
  );
  sampledCounter(
    registry,
    {
      name: 'tickwire_hub_history_unreadable_total',
      help: 'Reads of a symbol whose key in Redis holds something else; its holders were told',
    },
    () => one(counts.historyUnreadable),
  );
  sampledCounter(
    registry,
    {
      name: 'tickwire_hub_delayed_history_short_total',
      help: 'Times that the replay buffer had let go of what delayed clients had yet to get',
    },
    () => one(counts.delayedHistoryShort),
  );
  sampledCounter(
    registry,
    { name: 'tickwire_hub_client_errors_total', help: 'Errors answered', labelNames: ['code'] },
    () => by('code', counts.clientErrors),
  );
  sampledCounter(
    registry,
    { name: 'tickwire_hub_sockets_refused_total', help: 'Sockets not let in', labelNames: ['reason'] },
    () => by('reason', counts.refusedSockets),
  );
  sampledCounter(
    registry,
    {
      name: 'tickwire_hub_connections_refused_total',
      help: 'Connections ended before they asked for anything',
      labelNames: ['reason'],
    },
    () => by('reason', counts.refusedConnections),
  );
  sampledCounter(
    registry,
    { name: 'tickwire_hub_authentications_total', help: 'Tokens shown or missed', labelNames: ['outcome'] },
    () => by('outcome', counts.authentications),
  );
}
