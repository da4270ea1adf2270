import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type { Counter, Gauge, Histogram } from 'prom-client';

/** The metrics of one process; only this folder knows that prom-client is behind it. */
export type MetricsRegistry = Registry;

/** What every kind of metric is declared by. */
export interface MetricOptions<Label extends string> {
  readonly name: `tickwire_${string}`;
  readonly help: string;
  /** Each from a small closed list: never a symbol, a session or a user. */
  readonly labelNames?: readonly Label[];
}

/** What a distribution is declared by. */
export interface HistogramOptions<Label extends string> extends MetricOptions<Label> {
  /** Upper bounds in the metric's own unit, ascending; absent: 5 ms to 10 s, in seconds. */
  readonly buckets?: readonly number[];
}

/** What a value that goes up and down is declared by. */
export interface GaugeOptions<Label extends string> extends MetricOptions<Label> {
  /** Read at each scrape, for what is known elsewhere and would only be copied here. */
  readonly read?: () => number;
}

/**
 * A registry with the metrics that every Node process has (`process_…`, `nodejs_…`; how late the event
 * loop runs is `nodejs_eventloop_lag_p99_seconds`, counted anew from scrape to scrape). Each sample
 * carries the label `process`, so that the processes of one machine can be told apart.
 */
export function createRegistry(processName: string): MetricsRegistry {
  const registry = new Registry();
  registry.setDefaultLabels({ process: processName });
  collectDefaultMetrics({ register: registry });
  return registry;
}

/** @throws Error when the registry has a metric of this name, as do `gauge` and `histogram` */
export function counter<const Label extends string = never>(
  registry: MetricsRegistry,
  options: MetricOptions<Label>,
): Counter<Label> {
  const { name, help, labelNames = [] } = options;
  return new Counter({ name, help, labelNames, registers: [registry] });
}

/** A value that goes up and down, in `registry`. */
export function gauge<const Label extends string = never>(
  registry: MetricsRegistry,
  options: GaugeOptions<Label>,
): Gauge<Label> {
  const { name, help, labelNames = [], read } = options;
  if (read === undefined) return new Gauge({ name, help, labelNames, registers: [registry] });
  return new Gauge({
    name,
    help,
    labelNames,
    registers: [registry],
    collect() {
      this.set(read());
    },
  });
}

/** A distribution over buckets, in `registry`. */
export function histogram<const Label extends string = never>(
  registry: MetricsRegistry,
  options: HistogramOptions<Label>,
): Histogram<Label> {
  const { name, help, labelNames = [], buckets } = options;
  const bounds = buckets === undefined ? {} : { buckets: [...buckets] };
  return new Histogram({ name, help, labelNames, registers: [registry], ...bounds });
}
