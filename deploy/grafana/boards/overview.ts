import { badAbove, chosen, type Dashboard, goodAbove } from '#deploy/grafana/dashboard.ts';
import { percentilesOf, perSecond, processPanels } from './processes.ts';

export const overview: Dashboard = {
  uid: 'tickwire-overview',
  title: 'Tickwire overview',
  description: 'Is all well, from the venue to the sockets?',
  chosenBy: 'tickwire_ready',
  answers: [
    {
      title: 'Hubs ready',
      description: 'Hubs that take clients. Good: two or more; with one, its end is an outage.',
      queries: { ready: `sum(tickwire_ready{process="hub",${chosen}}) or vector(0)` },
      unit: 'short',
      thresholds: goodAbove(1, 2),
    },
    {
      title: 'Pages firing',
      description: 'Alerts that ask for somebody now; docs/runbook.md says what to do. Good: 0.',
      queries: {
        pages: 'count(ALERTS{alertname=~"Tickwire.*",alertstate="firing",severity="page"}) or vector(0)',
      },
      unit: 'short',
      thresholds: badAbove(1, 1),
    },
    {
      title: 'Stale',
      description: 'Silent sources, and hubs that do not hear Redis. Good: 0.',
      queries: { stale: `sum(tickwire_hub_stale{${chosen}})` },
      unit: 'short',
      thresholds: badAbove(1, 1),
    },
    {
      title: 'Delivered of expected',
      description: 'Of what subscriptions of every update want, at the worst hub. Good: 99 % and more.',
      queries: { worst: `min(instance:tickwire_hub_delivered_of_expected:ratio_rate5m{${chosen}})` },
      unit: 'percentunit',
      thresholds: goodAbove(0.9, 0.99),
    },
    {
      title: 'Sockets',
      description: 'Clients connected to all hubs.',
      queries: { sockets: `sum(tickwire_hub_sockets{${chosen}})` },
      unit: 'short',
    },
    {
      title: 'Delivered now',
      description: 'Updates handed to sockets per second, by all hubs.',
      queries: { delivered: `sum(rate(tickwire_hub_updates_delivered_total{${chosen}}[$__rate_interval]))` },
      unit: 'cps',
    },
  ],
  graphs: [
    {
      title: 'Delivered',
      description:
        'A quote goes from venue to Redis once, to each hub that wants its symbol, and to each socket.',
      queries: {
        'published to Redis': `sum(rate(tickwire_feed_published_total{${chosen}}[$__rate_interval]))`,
        'received by hubs': `sum(rate(tickwire_hub_updates_received_total{${chosen}}[$__rate_interval]))`,
        'delivered to sockets': `sum(rate(tickwire_hub_updates_delivered_total{${chosen}}[$__rate_interval]))`,
      },
      unit: 'cps',
    },
    {
      title: 'Latency to the hubs',
      description: "From the adapter's reading to the hub's receiving. Good: 99 % below 100 ms.",
      queries: percentilesOf('tickwire_hub_update_latency_seconds'),
      unit: 's',
      thresholds: badAbove(0.1, 1),
    },
    {
      title: 'Sockets by hub',
      description: 'Good: even, and below the limit of each.',
      queries: { '{{instance}}': `tickwire_hub_sockets{${chosen}}` },
      unit: 'short',
    },
    {
      title: 'Losses told',
      description:
        'Resets by reason. Good: none but a few history_trimmed, of clients that were away for long.',
      queries: perSecond('tickwire_hub_resets_total', 'reason'),
      unit: 'cps',
    },
    ...processPanels,
  ],
};
