import type { Logger } from '#runtime/logger.ts';
import { counter, type MetricsRegistry } from '#runtime/metrics.ts';
import type { Shutdown } from '#runtime/shutdown.ts';
import { type TraceConfig, tracesUrl } from './trace-keys.ts';
import { noTracer, type Tracer } from './tracer.ts';

/** How the process is named in its traces, and what ends them with it. */
export interface TracingDeps {
  /** `service.name`, unless OTEL_SERVICE_NAME says another. */
  readonly service: string;
  /** `service.instance.id` */
  readonly instance: string;
  readonly log: Logger;
  readonly registry: MetricsRegistry;
  readonly shutdown: Pick<Shutdown, 'register'>;
}

/** Beside those that OpenTelemetry's own keys set. */
export const tracingLimits = {
  /** Spans begun in a second, beyond which none is made: 10,000 clients that come back at once make five each. */
  spansPerSecondMax: 1000,
  /** What is sent at the end of the process; what takes longer is left behind. */
  flushMs: 2000,
} as const;

/**
 * The tracer of a process: `noTracer`, unless an endpoint is configured. Only then are the packages of
 * OpenTelemetry loaded, which cost a process 150 ms of CPU and 16 MB. At shutdown it sends what waits, as one of the last.
 */
export async function startTracing(deps: TracingDeps, config: TraceConfig): Promise<Tracer> {
  const url = tracesUrl(config);
  if (url === undefined) return noTracer;
  const dropped = counter(deps.registry, {
    name: 'tickwire_spans_dropped_total',
    help: 'Spans that were not exported: too many in a second, too many waiting, or the receiver did not take them',
    labelNames: ['reason'],
  });
  const exported = counter(deps.registry, {
    name: 'tickwire_spans_exported_total',
    help: 'Spans that the receiver took',
  });
  const { createOtlpTracer } = await import('./otlp-tracer.ts');
  const { tracer, close } = createOtlpTracer(
    {
      ...deps,
      url,
      dropped: (reason, spans) => dropped.inc({ reason }, spans),
      exported: (spans) => exported.inc(spans),
    },
    { ...config, ...tracingLimits },
  );
  deps.shutdown.register('traces', close);
  return tracer;
}
