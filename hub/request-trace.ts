import type uWS from 'uWebSockets.js';
import { parseTraceparent } from '#runtime/trace-context.ts';
import type { Span, SpanAttributes, Tracer } from '#runtime/tracer.ts';

/** An HTTP request that is traced. */
export interface RequestTrace {
  readonly context: Span['context'];
  /** @param status as it is sent, e.g. `429 Too Many Requests` */
  answered(status: string, attributes?: SpanAttributes): void;
}

/**
 * Begins the span of a request, in the trace that its header `traceparent` names. The query string is not looked
 * at: it may hold a ticket. Of `request` only what is needed is read, and at once.
 * @param route as it is declared, e.g. `/ws`
 */
export function traceRequest(
  tracer: Tracer,
  request: Pick<uWS.HttpRequest, 'getHeader'>,
  method: 'GET' | 'POST' | 'DELETE',
  route: string,
): RequestTrace {
  const span = tracer.start(`${method} ${route}`, {
    kind: 'server',
    parent: parseTraceparent(request.getHeader('traceparent')),
    attributes: { 'http.request.method': method, 'http.route': route },
  });
  return {
    context: span.context,
    answered(status, attributes) {
      const code = Number.parseInt(status, 10);
      const told = { 'http.response.status_code': code, ...attributes };
      if (code < 500) span.end(told);
      else span.fail(String(code), told); // a wrong request is no failure of the hub
    },
  };
}
