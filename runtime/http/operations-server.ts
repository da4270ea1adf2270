import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { gauge, type MetricsRegistry } from '#runtime/metrics.ts';
import type { KnownHosts } from './known-hosts.ts';
import { listen } from './listen.ts';

/** What is asked of a part before traffic is sent to the process: why not, or undefined for ready. */
export type ReadinessCheck = () => string | undefined;

/** Metrics and probes, on a port of their own that clients can not reach. */
export interface OperationsServer {
  /** The port that was bound. */
  readonly port: number;
  /** From now on `/readyz` says no while `check` gives a reason; before the first check it says no, too. */
  readiness(name: string, check: ReadinessCheck): void;
  close(): Promise<void>;
}

/** The metrics that are served, and the names that a browser may use for the server. */
export interface OperationsDeps {
  readonly registry: MetricsRegistry;
  /** Names under which a browser may have it. */
  readonly knownHost: KnownHosts;
}

/** Where it listens, and how long and how many its connections may be. */
export interface OperationsLimits {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** For one request to arrive; also how long an idle connection is kept. */
  readonly requestTimeoutMs: number;
  readonly connectionsMax: number;
}

/** For every process; where it listens is configured. */
export const operationsLimits = { requestTimeoutMs: 5000, connectionsMax: 64 } as const;

/**
 * Serves `GET /metrics` (Prometheus text), `/livez` (the event loop turns) and `/readyz` (503 and the
 * reasons while a check says no).
 * @throws PortError when the port can not be bound
 */
export async function createOperationsServer(
  deps: OperationsDeps,
  limits: OperationsLimits,
): Promise<OperationsServer> {
  const checks = new Map<string, ReadinessCheck>();
  gauge(deps.registry, {
    name: 'tickwire_ready',
    help: '1 while /readyz says yes',
    read: () => (reasonsAgainst(checks).length === 0 ? 1 : 0),
  });
  // By default Node looks only every 30 s whether a request takes too long.
  const checkingMs = Math.max(50, Math.min(1000, limits.requestTimeoutMs / 4));
  const server = createServer({ connectionsCheckingInterval: checkingMs }, (request, response) => {
    if (!deps.knownHost(request.headers.host ?? '')) {
      response.setHeader('Connection', 'close');
      answer(response, 421, 'not known by this name; TICKWIRE_HOSTS names those that it has\n');
      return;
    }
    if (hasBody(request)) {
      response.setHeader('Connection', 'close');
      answer(response, 413, 'send no body\n');
      return;
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      answer(response, 405, 'only GET and HEAD\n');
      return;
    }
    void route(pathOf(request.url), response, deps.registry, checks);
  });
  server.requestTimeout = limits.requestTimeoutMs;
  server.headersTimeout = limits.requestTimeoutMs;
  server.keepAliveTimeout = limits.requestTimeoutMs;
  server.maxConnections = limits.connectionsMax;
  const port = await listen(server, limits.host, limits.port, 'TICKWIRE_OPERATIONS_PORT');
  return { port, readiness: (name, check) => void checks.set(name, check), close: () => close(server) };
}

/** Never rejects: a metric that can not be read is an answer too. */
async function route(
  path: string,
  response: ServerResponse,
  registry: MetricsRegistry,
  checks: ReadonlyMap<string, ReadinessCheck>,
): Promise<void> {
  switch (path) {
    case '/metrics':
      return answerMetrics(response, registry);
    case '/livez':
      return answer(response, 200, 'ok\n');
    case '/readyz':
      return answerReadiness(response, checks);
    default:
      return answer(response, 404, 'here are /metrics, /livez and /readyz\n');
  }
}

async function answerMetrics(response: ServerResponse, registry: MetricsRegistry): Promise<void> {
  try {
    const text = await registry.metrics();
    answer(response, 200, text, registry.contentType);
  } catch (error) {
    answer(response, 500, `metrics can not be read: ${String(error)}\n`);
  }
}

function answerReadiness(response: ServerResponse, checks: ReadonlyMap<string, ReadinessCheck>): void {
  const reasons = reasonsAgainst(checks);
  if (reasons.length === 0) answer(response, 200, 'ready\n');
  else answer(response, 503, `${reasons.join('\n')}\n`);
}

/** Why no traffic should be sent to the process; empty when it should. */
function reasonsAgainst(checks: ReadonlyMap<string, ReadinessCheck>): readonly string[] {
  // The server is up before the parts that it speaks for: no check yet means that they are not there yet.
  const reasons = checks.size === 0 ? ['starting'] : [];
  for (const [name, check] of checks) {
    const reason = reasonOf(check);
    if (reason !== undefined) reasons.push(`${name}: ${reason}`);
  }
  return reasons;
}

/** A check that throws can not vouch for its part. */
function reasonOf(check: ReadinessCheck): string | undefined {
  try {
    return check();
  } catch (error) {
    return `check failed: ${String(error)}`;
  }
}

function answer(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response.writeHead(status, { 'Content-Type': type, 'Cache-Control': 'no-store' });
  response.end(text); // of a HEAD request Node leaves the body out by itself
}

/** Nothing here wants a body, so none is waited for. */
function hasBody({ headers }: IncomingMessage): boolean {
  return (headers['content-length'] ?? '0') !== '0' || headers['transfer-encoding'] !== undefined;
}

function pathOf(url: string | undefined): string {
  return url?.split('?', 1)[0] ?? '';
}

function close(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error === undefined ? resolve() : reject(error)));
    server.closeAllConnections(); // a scraper keeps its connection open and would hold the shutdown up
  });
}
