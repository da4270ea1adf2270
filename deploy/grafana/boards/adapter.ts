import { badAbove, chosen, type Dashboard, goodAbove } from '#deploy/grafana/dashboard.ts';
import { percentilesOf, perSecond, processPanels } from './processes.ts';

const lastHour = (counter: string, labels = ''): string =>
  `sum(increase(${counter}{${labels}${chosen}}[1h]))`;

export const adapter: Dashboard = {
  uid: 'tickwire-adapter',
  title: 'Tickwire adapter',
  description: 'Do all sources bring prices, and do they reach Redis?',
  chosenBy: 'tickwire_feed_leading',
  answers: [
    {
      title: 'Sources led',
      description: 'Share of the sources that an adapter leads. Good: all.',
      queries: { led: `avg(max by (source) (tickwire_feed_leading{${chosen}}))` },
      unit: 'percentunit',
      thresholds: goodAbove(0.5, 1),
    },
    {
      title: 'Standbys',
      description: 'Adapters of the source that has fewest, beside its leader. Good: 1 or more.',
      queries: { fewest: `min(count by (source) (tickwire_feed_leading{${chosen}})) - 1` },
      unit: 'short',
      thresholds: goodAbove(1, 1),
    },
    {
      title: 'Published now',
      description: 'Ticks per second that are known to be published.',
      queries: { published: `sum(source:tickwire_feed_published:rate1m{job=~"$job"})` },
      unit: 'cps',
    },
    {
      title: 'Publishing',
      description:
        '99th percentile from the first try of a batch to its answer, at the worst source. Good: below 50 ms.',
      queries: { worst: `max(source:tickwire_feed_publish_seconds:p99_rate5m{job=~"$job"})` },
      unit: 's',
      thresholds: badAbove(0.05, 0.5),
    },
    {
      title: 'Dropped',
      description: 'Ticks in the last hour that Redis did not take in time; clients were told. Good: 0.',
      // Until 0.2 adapters of the old name count as well: both run side by side in an upgrade.
      queries: {
        'last hour': `sum(increase(tickwire_feed_dropped_total{${chosen}}[1h]) or increase(tickwire_feed_gave_up_total{${chosen}}[1h]))`,
      },
      unit: 'short',
      thresholds: badAbove(1, 1000),
    },
    {
      title: 'Leases lost',
      description: 'In the last hour, not counting adapters that were stopped. Good: 0.',
      queries: { 'last hour': lastHour('tickwire_feed_leadership_ended_total', 'reason!="stopped",') },
      unit: 'short',
      thresholds: badAbove(1, 5),
    },
  ],
  graphs: [
    {
      title: 'Published by source',
      description:
        'Ticks per second that are known to be published. Good: as the market goes; 0 in its hours is bad.',
      queries: perSecond('tickwire_feed_published_total', 'source'),
      unit: 'cps',
    },
    {
      title: 'Received and conflated',
      description: 'Messages of the venue per second, and ticks that went into the next one of their symbol.',
      queries: {
        '{{source}} received': `sum by (source) (rate(tickwire_feed_received_total{${chosen}}[$__rate_interval]))`,
        '{{source}} conflated': `sum by (source) (rate(tickwire_feed_conflated_total{${chosen}}[$__rate_interval]))`,
      },
      unit: 'cps',
    },
    {
      title: 'Leads',
      description: '1 at the adapter that leads a source, 0 at its standby. Good: one of each source.',
      queries: { '{{source}} {{instance}}': `tickwire_feed_leading{${chosen}}` },
      unit: 'short',
    },
    {
      title: 'Leadership ended',
      description: 'In ten minutes, by reason. Good: stopped only, at a deploy.',
      queries: {
        '{{source}} {{reason}}': `sum by (source, reason) (increase(tickwire_feed_leadership_ended_total{${chosen}}[10m]))`,
      },
      unit: 'short',
    },
    {
      title: 'Publishing takes',
      description: 'From the first try of a batch until it is known to be published. Good: 99 % below 50 ms.',
      queries: percentilesOf('tickwire_feed_publish_seconds'),
      unit: 's',
      thresholds: badAbove(0.05, 0.5),
    },
    {
      title: 'Ticks in a batch',
      description: 'On average. More under load: a script call for many ticks is what makes it cheap.',
      queries: {
        '{{source}}':
          `sum by (source) (rate(tickwire_feed_batch_ticks_sum{${chosen}}[$__rate_interval])) / ` +
          `(sum by (source) (rate(tickwire_feed_batch_ticks_count{${chosen}}[$__rate_interval])) > 0)`,
      },
      unit: 'short',
    },
    {
      title: 'Retries and compactions',
      description:
        'Per second: batches sent again, and full queues reduced to one tick per symbol. Good: none.',
      queries: {
        '{{source}} retries': `sum by (source) (rate(tickwire_feed_publish_retries_total{${chosen}}[$__rate_interval]))`,
        '{{source}} compactions': `sum by (source) (rate(tickwire_feed_compactions_total{${chosen}}[$__rate_interval]))`,
      },
      unit: 'cps',
    },
    {
      title: 'Venue',
      description:
        'In ten minutes: messages that its numbering shows to be missing, and reconnects. Good: 0 and few.',
      queries: {
        '{{source}} missing': `sum by (source) (increase(tickwire_feed_venue_gaps_total{${chosen}}[10m]))`,
        '{{source}} reconnects': `sum by (source) (increase(tickwire_feed_reconnects_total{${chosen}}[10m]))`,
      },
      unit: 'short',
    },
    {
      title: 'Delay of the venue',
      description: "From the venue's time of a message to ours; it depends on both clocks. Good: steady.",
      queries: percentilesOf('tickwire_feed_venue_delay_seconds'),
      unit: 's',
    },
    {
      title: 'Rejected',
      description:
        'Messages per second that did not become a tick, by reason. Good: none but symbols that are not followed.',
      queries: {
        '{{source}} {{reason}}': `sum by (source, reason) (rate(tickwire_feed_rejected_total{${chosen}}[$__rate_interval])) or vector(0)`,
      },
      unit: 'cps',
    },
    ...processPanels,
  ],
};
