import { BatchSpanProcessor, type SpanExporter, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '#runtime/logger.ts';

/** Why a span was not exported. */
export type SpanDropReason = 'rate' | 'queue' | 'export';

/** What sends spans, and who counts those that are sent or lost. */
export interface SpanExportDeps {
  readonly exporter: SpanExporter;
  readonly log: Logger;
  readonly dropped: (reason: SpanDropReason, spans: number) => void;
  readonly exported: (spans: number) => void;
}

/**
 * OpenTelemetry's batch processor, with what it keeps to itself counted: spans for which its queue had no room,
 * and those that the receiver did not take. A receiver that is away is told once, and once when it is back.
 * @param queueMax spans that wait
 */
export function createSpanExport(deps: SpanExportDeps, queueMax: number): SpanProcessor {
  const { exporter, log, dropped, exported } = deps;
  /** In the queue of the batch processor. */
  let waiting = 0;
  let failing = false;

  const succeeded = (spans: number): void => {
    exported(spans);
    if (failing) log.info({}, 'traces are exported again');
    failing = false;
  };

  const failed = (spans: number, problem: string): void => {
    dropped('export', spans);
    if (!failing) log.warn({ problem }, 'traces can not be exported, they are dropped');
    failing = true;
  };

  const batches = new BatchSpanProcessor(
    {
      export(spans, done) {
        waiting -= spans.length;
        exporter.export(spans, (result) => {
          if (result.code === success) succeeded(spans.length);
          else failed(spans.length, nameOf(result.error));
          done({ code: success }); // what it does with a failure is to tell a global handler
        });
      },
      shutdown: () => exporter.shutdown(),
    },
    { maxQueueSize: queueMax },
  );

  return {
    onStart: (span, context) => batches.onStart(span, context),
    onEnd(span) {
      if (waiting >= queueMax) {
        dropped('queue', 1);
        return;
      }
      waiting++;
      batches.onEnd(span);
    },
    forceFlush: () => batches.forceFlush(),
    shutdown: () => batches.shutdown(),
  };
}

/** `ExportResultCode.SUCCESS` of `@opentelemetry/core`. */
const success = 0;

/** Not its message: that may hold the URL, which may hold a password. */
function nameOf(error: Error | undefined): string {
  if (error === undefined) return 'unknown';
  return 'code' in error && error.code !== undefined ? `${error.name} ${String(error.code)}` : error.name;
}
