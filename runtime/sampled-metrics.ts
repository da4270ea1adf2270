import { Counter, Gauge } from 'prom-client';
import type { MetricOptions, MetricsRegistry } from './metrics.ts';

/** One value of a metric that is read when it is scraped. */
export interface Sample {
  readonly labels?: Readonly<Record<string, string>>;
  readonly value: number;
}

/** A counter whose values are plain numbers elsewhere; they are read at each scrape. */
export function sampledCounter(
  registry: MetricsRegistry,
  options: MetricOptions<string>,
  read: () => readonly Sample[],
): void {
  new Counter({
    ...collectorOptions(registry, options),
    collect() {
      this.reset();
      for (const { labels, value } of read()) this.inc({ ...labels }, value);
    },
  });
}

/** A gauge whose values are read at each scrape. */
export function sampledGauge(
  registry: MetricsRegistry,
  options: MetricOptions<string>,
  read: () => readonly Sample[],
): void {
  new Gauge({
    ...collectorOptions(registry, options),
    collect() {
      this.reset();
      for (const { labels, value } of read()) this.set({ ...labels }, value);
    },
  });
}

function collectorOptions(registry: MetricsRegistry, { name, help, labelNames = [] }: MetricOptions<string>) {
  return { name, help, labelNames: [...labelNames], registers: [registry] };
}
