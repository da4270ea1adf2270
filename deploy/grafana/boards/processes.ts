import { badAbove, chosen, type Panel } from '#deploy/grafana/dashboard.ts';

/** What is asked of every process. */
export const processPanels: readonly Panel[] = [
  {
    title: 'Event-loop lag',
    description: 'How late one turn in a hundred comes. Good: below 50 ms; from 250 ms on clients notice it.',
    queries: { '{{instance}}': `nodejs_eventloop_lag_p99_seconds{${chosen}}` },
    unit: 's',
    thresholds: badAbove(0.05, 0.25),
  },
  {
    title: 'CPU',
    description: 'Cores in use. One thread does the work, so a process is at its limit at about 1.',
    queries: { '{{instance}}': `rate(process_cpu_seconds_total{${chosen}}[$__rate_interval])` },
    unit: 'percentunit',
    thresholds: badAbove(0.7, 0.9),
  },
  {
    title: 'Memory',
    description: 'Resident, and of it the heap of JavaScript. Good: flat while sockets and symbols are.',
    queries: {
      '{{instance}} resident': `process_resident_memory_bytes{${chosen}}`,
      '{{instance}} heap': `nodejs_heap_size_used_bytes{${chosen}}`,
    },
    unit: 'bytes',
  },
];

/** Percentiles of a histogram of seconds, over all chosen processes. */
export function percentilesOf(histogram: string): Panel['queries'] {
  const of = (share: number): string =>
    `histogram_quantile(${share}, sum by (le) (rate(${histogram}_bucket{${chosen}}[$__rate_interval])))`;
  return { 'half of them': of(0.5), '90 %': of(0.9), '99 %': of(0.99) };
}

/** A counter per second, summed by these labels, which are the legend. */
export function perSecond(counter: string, ...labels: readonly string[]): Panel['queries'] {
  const by = labels.length > 0 ? ` by (${labels.join(', ')})` : '';
  const legend = labels.map((label) => `{{${label}}}`).join(' ') || 'all';
  return { [legend]: `sum${by} (rate(${counter}{${chosen}}[$__rate_interval]))` };
}
