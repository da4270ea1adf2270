import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A span as it arrived, with what tests look at. */
export interface ReceivedSpan {
  readonly name: string;
  readonly service: string;
  /** 1 internal, 2 server, 4 producer. */
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  /** Empty: it has none. */
  readonly parentSpanId: string;
  readonly attributes: Readonly<Record<string, unknown>>;
  readonly failed: boolean;
  readonly durationMs: number;
}

/** An OTLP/HTTP receiver for JSON on a port of its own. */
export interface OtlpReceiver {
  readonly url: string;
  /** All that arrived and was taken. */
  readonly spans: readonly ReceivedSpan[];
  /** Every request, as it was. */
  readonly requests: readonly {
    readonly path: string;
    readonly headers: IncomingHttpHeaders;
    readonly body: string;
  }[];
  /** The status of the next answers; 200 at the beginning. */
  status: number;
  /** Resolves once `holds`; looked at whenever something arrives. */
  until(what: string, holds: (spans: readonly ReceivedSpan[]) => boolean): Promise<void>;
  stop(): Promise<void>;
}

const untilMs = 60_000;

/** For tests: a collector on a free port that keeps the spans which are posted to it. */
export async function startOtlpReceiver(): Promise<OtlpReceiver> {
  const spans: ReceivedSpan[] = [];
  const requests: OtlpReceiver['requests'][number][] = [];
  const lookers = new Set<() => void>();
  const server = createServer(async (request, response) => {
    const body = await bodyOf(request);
    requests.push({ path: request.url ?? '', headers: request.headers, body });
    if (receiver.status === 200 && request.headers['content-type'] === 'application/json')
      spans.push(...spansIn(JSON.parse(body)));
    response.writeHead(receiver.status, { 'Content-Type': 'application/json' }).end('{}');
    for (const look of lookers) look();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const receiver: OtlpReceiver = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    requests,
    status: 200,
    until: (what, holds) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          reject(new Error(`${what}: not within ${untilMs} ms; arrived: ${JSON.stringify(spans)}`));
        }, untilMs);
        const look = (): void => {
          if (!holds(spans)) return;
          clearTimeout(timer);
          lookers.delete(look);
          resolve();
        };
        lookers.add(look);
        look();
      }),
    async stop() {
      server.close();
      server.closeAllConnections();
    },
  };
  return receiver;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

interface OtlpAttribute {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface OtlpRequest {
  readonly resourceSpans: readonly {
    readonly resource: { readonly attributes: readonly OtlpAttribute[] };
    readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[];
  }[];
}

interface OtlpSpan {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly attributes: readonly OtlpAttribute[];
  readonly status: { readonly code?: number };
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
}

function spansIn({ resourceSpans }: OtlpRequest): ReceivedSpan[] {
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const service = String(recordOf(resource.attributes)['service.name']);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => receivedSpan(service, span)));
  });
}

function receivedSpan(service: string, span: OtlpSpan): ReceivedSpan {
  const { name, kind, traceId, spanId, parentSpanId = '', attributes, status } = span;
  const nanoseconds = Number(BigInt(span.endTimeUnixNano) - BigInt(span.startTimeUnixNano));
  return {
    ...{ name, service, kind, traceId, spanId, parentSpanId },
    attributes: recordOf(attributes),
    failed: status.code === 2,
    durationMs: nanoseconds / 1e6,
  };
}

function recordOf(attributes: readonly OtlpAttribute[]): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
