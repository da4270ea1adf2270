import { badAbove, chosen, type Dashboard, goodAbove } from '#deploy/grafana/dashboard.ts';
import { percentilesOf, perSecond, processPanels } from './processes.ts';

export const hub: Dashboard = {
  uid: 'tickwire-hub',
  title: 'Tickwire hub',
  description: 'Do the hubs give clients what they want, and how much more can they take?',
  chosenBy: 'tickwire_hub_sockets',
  answers: [
    {
      title: 'Ready',
      description: 'Of the chosen hubs, those that take clients. Good: all, but for one that drains.',
      queries: { ready: `avg(tickwire_ready{process="hub",${chosen}})` },
      unit: 'percentunit',
      thresholds: goodAbove(0.5, 1),
    },
    {
      title: 'Sockets of limit',
      description: 'At the fullest hub. Good: below 70 %, so that it can take those of another one.',
      queries: { fullest: `max(instance:tickwire_hub_sockets_of_limit:ratio{${chosen}})` },
      unit: 'percentunit',
      thresholds: badAbove(0.7, 0.85),
    },
    {
      title: 'Delivered of expected',
      description: 'Of what subscriptions of every update want, at the worst hub. Good: 99 % and more.',
      queries: { worst: `min(instance:tickwire_hub_delivered_of_expected:ratio_rate5m{${chosen}})` },
      unit: 'percentunit',
      thresholds: goodAbove(0.9, 0.99),
    },
    {
      title: 'Slow sockets',
      description: 'Share of the sockets at a lower level, at the worst hub. Good: below 1 %.',
      queries: { worst: `max(instance:tickwire_hub_slow_of_sockets:ratio{${chosen}})` },
      unit: 'percentunit',
      thresholds: badAbove(0.01, 0.02),
    },
    {
      title: 'Lag',
      description: "The latest event loop's 99th percentile. Good: below 50 ms.",
      queries: { latest: `max(nodejs_eventloop_lag_p99_seconds{process="hub",${chosen}})` },
      unit: 's',
      thresholds: badAbove(0.05, 0.25),
    },
    {
      title: 'Latency',
      description:
        "99th percentile from the adapter's reading to the hub, at the worst one. Good: below 100 ms.",
      queries: { worst: `max(instance:tickwire_hub_update_latency_seconds:p99_rate5m{${chosen}})` },
      unit: 's',
      thresholds: badAbove(0.1, 1),
    },
  ],
  graphs: [
    {
      title: 'Delivered by class',
      description:
        'Updates handed to sockets per second, by the time that their subscriptions leave between two (ms).',
      queries: perSecond('tickwire_hub_updates_delivered_total', 'class_ms', 'format'),
      unit: 'cps',
    },
    {
      title: 'Received',
      description:
        'Updates heard per second, by hub. Duplicates come while a hub changes how it hears. Good: next to none.',
      queries: {
        '{{instance}}': `rate(tickwire_hub_updates_received_total{${chosen}}[$__rate_interval])`,
        '{{instance}} duplicates': `rate(tickwire_hub_updates_duplicate_total{${chosen}}[$__rate_interval])`,
      },
      unit: 'cps',
    },
    {
      title: 'Sockets and subscriptions',
      description: 'Open sockets, and symbols that they hold together.',
      queries: {
        '{{instance}} sockets': `tickwire_hub_sockets{${chosen}}`,
        '{{instance}} subscriptions': `tickwire_hub_subscriptions{${chosen}}`,
      },
      unit: 'short',
    },
    {
      title: 'Slow sockets by level',
      description:
        'Clients that read too slowly: newest price only, then snapshots, then closed. Good: a few.',
      // Until 0.2 `rung` counts as well, the old name of the label: both run side by side in an upgrade.
      queries: { '{{level}}{{rung}}': `sum by (level, rung) (tickwire_hub_slow_sockets{${chosen}})` },
      unit: 'short',
    },
    {
      title: 'Frames dropped, sockets closed as slow',
      description: 'Per second. Good: near 0; all at once means the way out of the hub, not its clients.',
      queries: {
        // Until 0.2 hubs of the old name count as well: both run side by side in an upgrade.
        overflowed: `sum(rate(tickwire_hub_sockets_overflowed_total{${chosen}}[$__rate_interval]) or rate(tickwire_hub_sockets_fallen_total{${chosen}}[$__rate_interval]))`,
        closed: `sum(rate(tickwire_hub_slow_disconnects_total{${chosen}}[$__rate_interval]))`,
      },
      unit: 'cps',
    },
    {
      title: 'Resets',
      description: 'Losses told per second, by reason. Good: none but a few history_trimmed.',
      queries: perSecond('tickwire_hub_resets_total', 'reason'),
      unit: 'cps',
    },
    {
      title: 'Latency from adapter',
      description: "From the adapter's reading to the hub's receiving. Good: 99 % below 100 ms.",
      queries: percentilesOf('tickwire_hub_update_latency_seconds'),
      unit: 's',
      thresholds: badAbove(0.1, 1),
    },
    {
      title: 'Sockets refused',
      description:
        'Per second, by reason. Good: none; node_limit: more hubs are needed, address_rate: one client storms.',
      queries: perSecond('tickwire_hub_sockets_refused_total', 'reason'),
      unit: 'cps',
    },
    {
      title: 'Tokens',
      description: 'Shown or missed per second, by outcome. Good: accepted and refreshed only.',
      queries: perSecond('tickwire_hub_authentications_total', 'outcome'),
      unit: 'cps',
    },
    {
      title: 'Errors answered',
      description:
        'Per second, by code; clients are told what is wrong. Good: few; many of one code mean one client with a bug.',
      queries: {
        '{{code}}': `sum by (code) (rate(tickwire_hub_client_errors_total{${chosen}}[$__rate_interval])) or vector(0)`,
      },
      unit: 'cps',
    },
    {
      title: 'Symbols that nobody brings',
      description: 'Subscribed, but no adapter has reported their source since the hub began. Good: 0.',
      queries: { '{{instance}}': `tickwire_hub_unreported_symbols{${chosen}}` },
      unit: 'short',
      thresholds: badAbove(1, 1),
    },
    ...processPanels,
  ],
};
