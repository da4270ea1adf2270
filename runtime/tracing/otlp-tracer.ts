import {
  ROOT_CONTEXT,
  type Span as SdkSpan,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  trace,
} from '@opentelemetry/api';
import { OTLPTraceExporter as JsonExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { OTLPTraceExporter as ProtobufExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import {
  defaultResource,
  detectResources,
  envDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import type { Logger } from '#runtime/logger.ts';
import { createSpanExport, type SpanDropReason } from './span-export.ts';
import type { TraceContext } from './trace-context.ts';
import { noSpan, type Span, type SpanAttributes, type SpanStart, type Tracer } from './tracer.ts';

/** Where spans go, and who is named as their origin. */
export interface OtlpTracerDeps {
  /** Where spans are posted to. */
  readonly url: string;
  readonly service: string;
  readonly instance: string;
  readonly log: Logger;
  readonly dropped: (reason: SpanDropReason, spans: number) => void;
  readonly exported: (spans: number) => void;
}

/** How many spans are made and wait, and in which encoding they are sent. */
export interface OtlpTracerLimits {
  readonly otlpProtocol: 'http/protobuf' | 'http/json';
  /** Spans that wait to be sent. */
  readonly spanQueueMax: number;
  /** Spans begun in a second. */
  readonly spansPerSecondMax: number;
  /** For what waits at the end. */
  readonly flushMs: number;
}

/** A tracer that exports its spans, until it is closed. */
export interface OtlpTracer {
  readonly tracer: Tracer;
  /** Sends what waits, for up to `flushMs`; never rejects. */
  close(): Promise<void>;
}

/**
 * Records spans and sends them by OTLP/HTTP. Nothing of it is global, and spans are told their parents: the context
 * that follows asynchronous calls by itself would cost every callback of the data plane.
 */
export function createOtlpTracer(deps: OtlpTracerDeps, limits: OtlpTracerLimits): OtlpTracer {
  const { url, service, instance, dropped } = deps;
  const Exporter = limits.otlpProtocol === 'http/json' ? JsonExporter : ProtobufExporter;
  const own = resourceFromAttributes({ 'service.name': service, 'service.instance.id': instance });
  const provider = new BasicTracerProvider({
    resource: defaultResource()
      .merge(own)
      .merge(detectResources({ detectors: [envDetector] })),
    spanProcessors: [createSpanExport({ ...deps, exporter: new Exporter({ url }) }, limits.spanQueueMax)],
  });
  const sdk = provider.getTracer('tickwire');
  const budget = createBudget(limits.spansPerSecondMax);

  const start = (name: string, { kind, parent, attributes = {}, agoMs }: SpanStart = {}): Span => {
    if (parent === noSpan.context) return noSpan; // its parent was dropped
    if (budget.spent()) {
      dropped('rate', 1);
      return noSpan;
    }
    const span = sdk.startSpan(
      name,
      {
        kind: kind === undefined ? SpanKind.INTERNAL : kinds[kind],
        attributes,
        ...(agoMs !== undefined && { startTime: performance.now() - agoMs }),
      },
      parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, sdkContextOf(parent)),
    );
    if (span.isRecording()) budget.take();
    return spanOf(span);
  };

  return { tracer: { start }, close: () => within(limits.flushMs, provider.shutdown()) };
}

const kinds = { server: SpanKind.SERVER, producer: SpanKind.PRODUCER } as const;

function spanOf(span: SdkSpan): Span {
  const { traceId, spanId, traceFlags } = span.spanContext();
  const end = (attributes: SpanAttributes = {}): void => {
    span.setAttributes(attributes).end(performance.now());
  };
  return {
    context: { traceId, spanId, sampled: (traceFlags & TraceFlags.SAMPLED) !== 0, remote: false },
    end,
    fail(type, attributes) {
      span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', type);
      end(attributes);
    },
  };
}

function sdkContextOf({ traceId, spanId, sampled, remote }: TraceContext) {
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  return { traceId, spanId, traceFlags, isRemote: remote };
}

/** So many in each second; what a quiet second leaves over is not saved. */
function createBudget(perSecond: number) {
  let second = 0;
  let left = perSecond;
  return {
    spent(): boolean {
      const now = Math.floor(performance.now() / 1000);
      if (now !== second) left = perSecond;
      second = now;
      return left === 0;
    },
    take(): void {
      left--;
    },
  };
}

/** A receiver that is away, or slow, does not hold the end of the process up. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  // What could not be sent was counted and told by then.
  await Promise.race([work.catch(() => undefined), late]);
  clearTimeout(timer);
}
