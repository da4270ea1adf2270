import { badAbove, chosen, type Dashboard, goodAbove } from '#deploy/grafana/dashboard.ts';
import { percentilesOf, perSecond } from './processes.ts';

const lastHour = (counter: string): string => `sum(increase(${counter}{${chosen}}[1h]))`;

export const fanOut: Dashboard = {
  uid: 'tickwire-fan-out',
  title: 'Tickwire fan-out',
  description: 'Do all processes hear and reach Redis, and is the replay buffer long enough?',
  chosenBy: 'tickwire_redis_round_trip_seconds_count',
  answers: [
    {
      title: 'Hubs that hear',
      description: 'Share of the hubs that hear all that they are subscribed to. Good: all.',
      queries: { hear: `1 - avg(tickwire_hub_stale{reason="fanout_unavailable",${chosen}})` },
      unit: 'percentunit',
      thresholds: goodAbove(0.5, 1),
    },
    {
      title: 'Round trip',
      description: '99th percentile of a Redis command, at the worst process. Good: below 10 ms.',
      queries: { worst: `max(instance:tickwire_redis_round_trip_seconds:p99_rate5m{${chosen}})` },
      unit: 's',
      thresholds: badAbove(0.05, 0.25),
    },
    {
      title: 'Catch-ups',
      description:
        'Of all symbols, how many are read again per second, at the worst hub. Good: 0 but after a failover.',
      queries: { worst: `max(instance:tickwire_hub_catch_ups_of_symbols:ratio_rate5m{${chosen}})` },
      unit: 'percentunit',
      thresholds: badAbove(0.001, 0.01),
    },
    {
      title: 'Deaf connections',
      description: 'Subscriber connections in the last hour that looked alive and heard nothing. Good: 0.',
      queries: { 'last hour': lastHour('tickwire_redis_probes_lost_total') },
      unit: 'short',
      thresholds: badAbove(1, 5),
    },
    {
      title: 'Undecodable',
      description:
        'Payloads in the last hour that were no ticks. Good: 0; somebody else writes under our keys.',
      queries: { 'last hour': lastHour('tickwire_redis_undecodable_total') },
      unit: 'short',
      thresholds: badAbove(1, 1),
    },
    {
      title: 'Reads that failed',
      description:
        'Of the replay buffer, in the last hour; they are tried again. Good: 0 but at an outage of Redis.',
      queries: { 'last hour': lastHour('tickwire_hub_history_failures_total') },
      unit: 'short',
      thresholds: badAbove(1, 100),
    },
  ],
  graphs: [
    {
      title: 'Round trips',
      description: 'From a command to its answer. Good: 99 % below 10 ms.',
      queries: percentilesOf('tickwire_redis_round_trip_seconds'),
      unit: 's',
      thresholds: badAbove(0.05, 0.25),
    },
    {
      title: 'Commands',
      description:
        'Per second, by process. An adapter sends one for a whole batch, a hub when symbols are opened or resumed.',
      queries: {
        '{{instance}}': `rate(tickwire_redis_round_trip_seconds_count{${chosen}}[$__rate_interval])`,
      },
      unit: 'cps',
    },
    {
      title: 'Symbols heard',
      description: 'Symbols that each hub is subscribed to at Redis, because somebody there wants them.',
      queries: { '{{instance}}': `tickwire_hub_symbols{${chosen}}` },
      unit: 'short',
    },
    {
      title: 'Received per hub',
      description: 'Updates per second. Good: what is published of the symbols that the hub wants.',
      queries: perSecond('tickwire_hub_updates_received_total', 'instance'),
      unit: 'cps',
    },
    {
      title: 'Catch-ups by reason',
      description:
        'Symbols per second: a hole in the positions, or an interrupted connection. Good: none but after a failover.',
      queries: perSecond('tickwire_hub_catch_ups_total', 'reason'),
      unit: 'cps',
    },
    {
      title: 'Symbols interrupted',
      description: 'Symbols per second that were not heard for a while. Good: none.',
      queries: perSecond('tickwire_redis_interrupted_symbols_total', 'instance'),
      unit: 'cps',
    },
    {
      title: 'Replay buffer read',
      description: 'Reads per second, and entries that they bring; all who resume a symbol share one read.',
      queries: {
        reads: `sum(rate(tickwire_hub_history_reads_total{${chosen}}[$__rate_interval]))`,
        entries: `sum(rate(tickwire_hub_history_entries_total{${chosen}}[$__rate_interval]))`,
      },
      unit: 'cps',
    },
    {
      title: 'Replay buffer too short',
      description:
        'Per second: clients that came back too late, and delayed prices that were gone too early. Good: few; none.',
      queries: {
        'too late': `sum(rate(tickwire_hub_resets_total{reason="history_trimmed",${chosen}}[$__rate_interval]))`,
        delayed: `sum(rate(tickwire_hub_delayed_history_short_total{${chosen}}[$__rate_interval]))`,
      },
      unit: 'cps',
    },
  ],
};
