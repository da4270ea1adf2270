import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { FanoutError, type SourceStatus } from '#fanout/ports.ts';
import type { KnownHosts } from '#runtime/http/known-hosts.ts';
import { listen } from '#runtime/http/listen.ts';
import type { Logger } from '#runtime/logger.ts';
import { type Answer, answerPush, type PushDeps, type PushLimits, refuse } from './push-endpoint.ts';

/** The adapter's HTTP server: takes pushed ticks, and lists the sources. */
export interface FeedHttpServer {
  /** The port that was bound. */
  readonly port: number;
  /** Lets requests under way finish for a moment, then ends all connections. */
  close(): Promise<void>;
}

/** What the adapter's HTTP endpoints read and feed. */
export interface FeedHttpDeps {
  /** Undefined: nothing can be pushed to this process. */
  readonly push: PushDeps | undefined;
  /** The sources of all processes. */
  readonly sources: () => Promise<readonly SourceStatus[]>;
  /** What keeps this process from its work; undefined when nothing does. */
  readonly problem: () => string | undefined;
  /** Host names under which a browser may reach it. */
  readonly knownHost: KnownHosts;
  readonly log: Logger;
}

/** Where it listens, and bounds of requests and connections. */
export interface FeedHttpLimits extends PushLimits {
  readonly host: string;
  /** 0 = any free one. */
  readonly port: number;
  /** For a whole request to arrive, and apart from that for its headers. */
  readonly requestTimeoutMs: number;
  readonly connectionsMax: number;
  /** How long requests under way may take once the server closes. */
  readonly closeGraceMs: number;
}

/** For every adapter; the rest is configured. */
export const feedHttpLimits = { requestTimeoutMs: 10_000, connectionsMax: 1024, closeGraceMs: 1000 } as const;

/** @throws PortError when the port can not be bound */
export async function createFeedHttpServer(
  deps: FeedHttpDeps,
  limits: FeedHttpLimits,
): Promise<FeedHttpServer> {
  // By default Node checks only every 30 s whether a request takes too long.
  const checkingMs = Math.max(50, Math.min(1000, limits.requestTimeoutMs / 4));
  const server = createServer({ connectionsCheckingInterval: checkingMs }, (request, response) => {
    void serve(request, response, deps, limits);
  });
  server.requestTimeout = limits.requestTimeoutMs;
  server.headersTimeout = limits.requestTimeoutMs;
  server.maxConnections = limits.connectionsMax;
  const port = await listen(server, limits.host, limits.port, 'TICKWIRE_FEED_PORT');
  return { port, close: () => close(server, limits.closeGraceMs) };
}

async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  deps: FeedHttpDeps,
  limits: FeedHttpLimits,
): Promise<void> {
  const answer = await answerTo(request, deps, limits);
  if (answer === undefined || response.writableEnded || response.destroyed) return;
  response.writeHead(answer.status, {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-store',
    ...answer.headers,
  });
  response.end(`${JSON.stringify(answer.body)}\n`); // of a HEAD request Node leaves the body out by itself
}

/** Never rejects: a bug in the work for one request is not the end of the prices that this process brings. */
async function answerTo(
  request: IncomingMessage,
  deps: FeedHttpDeps,
  limits: FeedHttpLimits,
): Promise<Answer | undefined> {
  if (!deps.knownHost(request.headers.host ?? '')) return refuse(421, unknownHost, { Connection: 'close' });
  try {
    return await route(request, deps, limits);
  } catch (error) {
    deps.log.error({ err: error, method: request.method }, 'request failed');
    return refuse(500, 'the request could not be answered; this was logged', { Connection: 'close' });
  }
}

const unknownHost = 'not known by this name; TICKWIRE_HOSTS names those that it has';

async function route(
  request: IncomingMessage,
  deps: FeedHttpDeps,
  limits: FeedHttpLimits,
): Promise<Answer | undefined> {
  switch (request.url?.split('?', 1)[0]) {
    case '/ticks':
      if (request.method !== 'POST') return wrongMethod('POST');
      if (deps.push === undefined) return refuse(404, noPush);
      return answerPush(request, deps.push, limits);
    case '/sources':
      return reads(request) ? answerSources(deps) : wrongMethod('GET, HEAD');
    case '/health':
      return reads(request) ? answerHealth(deps) : wrongMethod('GET, HEAD');
    default:
      return refuse(404, 'here are POST /ticks, GET /sources and GET /health');
  }
}

const noPush = 'pushing is off; TICKWIRE_VENUES must name push, and TICKWIRE_PUSH_TOKEN must be set';

async function answerSources({ sources, log }: FeedHttpDeps): Promise<Answer> {
  try {
    return { status: 200, body: { sources: await sources() } };
  } catch (error) {
    if (!(error instanceof FanoutError)) throw error;
    log.warn({ code: error.code }, 'sources can not be read');
    return refuse(503, 'the sources can not be read, because Redis is away; try again', {
      'Retry-After': '1',
    });
  }
}

function answerHealth({ problem }: FeedHttpDeps): Answer {
  const reason = problem();
  if (reason === undefined) return { status: 200, body: { status: 'ok' } };
  return { status: 503, body: { status: 'unavailable', problem: reason } };
}

function reads({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

function wrongMethod(allowed: string): Answer {
  return refuse(405, `only ${allowed}`, { Allow: allowed });
}

function close(server: Server, graceMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), graceMs);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}
