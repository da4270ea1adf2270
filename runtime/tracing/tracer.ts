import type { TraceContext } from './trace-context.ts';

/**
 * What a span says: numbers, and texts out of small closed sets. Never a symbol, a session, a user, an address,
 * a token or a ticket: whoever may look at traces need not be one who may see those.
 */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** How a span begins: its kind, its parent, its attributes. */
export interface SpanStart {
  /** `server`: somebody outside asked for it; `producer`: it sends to others; absent: inside the process. */
  readonly kind?: 'server' | 'producer';
  /** What set it off; absent: nothing that is traced, it begins a trace of its own. */
  readonly parent?: TraceContext | undefined;
  readonly attributes?: SpanAttributes;
  /** It began so long ago, in ms: what turns out to be worth a span only at its end. */
  readonly agoMs?: number;
}

/** One thing that was done, with its beginning and its end. */
export interface Span {
  /** For what it sets off. */
  readonly context: TraceContext;
  /** Once, as `fail` is; nothing can be said of it afterwards. */
  end(attributes?: SpanAttributes): void;
  /** Ends it as failed; `type` is from a small closed set. */
  fail(type: string, attributes?: SpanAttributes): void;
}

/**
 * Records what the control plane does. Where traces are not exported this is `noTracer`, and nothing of
 * OpenTelemetry is loaded. Parts whose work goes on after `start` keep nothing when `context.sampled` is false.
 */
export interface Tracer {
  start(name: string, start?: SpanStart): Span;
}

const nothing = (): void => undefined;

/** Of a span that nobody records. */
export const noSpan: Span = {
  context: { traceId: '0'.repeat(32), spanId: '0'.repeat(16), sampled: false, remote: false },
  end: nothing,
  fail: nothing,
};

/** Records nothing, at a cost that does not depend on what it is given. */
export const noTracer: Tracer = { start: () => noSpan };
