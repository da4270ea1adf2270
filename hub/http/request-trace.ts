import { type HttpRequest, headerOf } from '#runtime/http/request.ts';
import { parseTraceparent } from '#runtime/tracing/trace-context.ts';
import type { Span, SpanAttributes, Tracer } from '#runtime/tracing/tracer.ts';

/** An HTTP request that is traced. */
export interface RequestTrace {
  readonly context: Span['context'];
  /** @param status e.g. 429 */
  answered(status: number, attributes?: SpanAttributes): void;
}

/**
 * Begins the span of a request, in the trace that its header `traceparent` names. The query string is not looked
 * at: it may hold a ticket.
 * @param route as it is declared, e.g. `/ws`
 */
export function traceRequest(
  tracer: Tracer,
  request: HttpRequest,
  method: 'GET' | 'POST' | 'DELETE',
  route: string,
): RequestTrace {
  const span = tracer.start(`${method} ${route}`, {
    kind: 'server',
    parent: parseTraceparent(headerOf(request, 'traceparent')),
    attributes: { 'http.request.method': method, 'http.route': route },
  });
  return {
    context: span.context,
    answered(status, attributes) {
      const told = { 'http.response.status_code': status, ...attributes };
      if (status < 500) span.end(told);
      else span.fail(String(status), told); // a wrong request is no failure of the hub
    },
  };
}
