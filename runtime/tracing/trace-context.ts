/** A span's place in its trace, as other spans name their parent, here or in another process. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  readonly traceId: string;
  /** 16 hexadecimal digits. */
  readonly spanId: string;
  /** Whether it is recorded; what it sets off is then recorded, too. */
  readonly sampled: boolean;
  /** It is a span of another process. */
  readonly remote: boolean;
}

/** `00-<trace id>-<span id>-<flags>`; later versions may have more behind it. */
const traceparent = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/**
 * Reads the header `traceparent` of W3C Trace Context; undefined where it is absent or can not be used, and its
 * receiver then begins a trace of its own, as the standard asks for.
 */
export function parseTraceparent(header: string): TraceContext | undefined {
  const [, version = '', traceId = '', spanId = '', flags = '', more] = traceparent.exec(header) ?? [];
  if (version === '' || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (isZero(traceId) || isZero(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & 1) === 1, remote: true };
}

function isZero(id: string): boolean {
  return /^0+$/.test(id);
}
