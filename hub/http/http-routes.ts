import type { NodeRegistry } from '#fanout/node-ports.ts';
import type { Admission } from '#hub/admission/admission.ts';
import { corsRules, type OriginRules } from '#hub/admission/origin.ts';
import type { RequestSource } from '#hub/admission/request-source.ts';
import { guarded, type ServeIdentified } from '#hub/auth/http-guard.ts';
import { socketPath } from '#hub/listener/listener.ts';
import { serviceRoutes } from '#hub/nodes/service-routes.ts';
import { createSessionRoute } from '#hub/nodes/session-route.ts';
import type { Tickets } from '#hub/nodes/tickets.ts';
import type { SymbolList } from '#hub/requests/symbol-list.ts';
import type { SessionBarrier } from '#hub/session/session-barrier.ts';
import { type HttpAnswer, jsonAnswer, jsonBytes, refusal } from '#runtime/http/answer.ts';
import { cachedFile, cachedForAll, uncached } from '#runtime/http/caching.ts';
import { withCors } from '#runtime/http/cors.ts';
import { type HttpHeader, type HttpRequest, headerOf, queryValueOf } from '#runtime/http/request.ts';
import { retryAfter } from '#runtime/http/retry-after.ts';
import { createDispatcher, type Dispatch, type Handler, type Route } from '#runtime/http/route.ts';
import type { Tracer } from '#runtime/tracing/tracer.ts';
import { upgradeHeaders } from './handshake.ts';
import { traceRequest } from './request-trace.ts';
import { type RestrictedRoutesDeps, restrictedRoutes } from './restricted-routes.ts';
import { securityHeaders } from './security-headers.ts';

/** A file of the first page, ready to be sent. */
export interface PageFile {
  readonly contentType: string;
  readonly body: Buffer;
  readonly etag: string;
}

/** What the hub's HTTP endpoints read. */
export interface HttpDeps extends RestrictedRoutesDeps {
  readonly symbols: SymbolList;
  readonly tickets: Pick<Tickets, 'open'>;
  readonly nodes: NodeRegistry;
  /** Path → file; `/` is the page. */
  readonly page: ReadonlyMap<string, PageFile>;
  readonly admission: Pick<Admission, 'mayAsk'>;
  readonly source: RequestSource;
  /** Whose pages may read the answers, and under which names. */
  readonly origins: OriginRules;
  readonly tracer: Tracer;
  readonly barrier: Pick<SessionBarrier, 'requestFailed'>;
}

/** The HTTP endpoints of the hub. */
export function createHttp(deps: HttpDeps): Dispatch {
  const { admission, barrier, source, origins, random } = deps;
  const dispatch = createDispatcher(routesOf(deps), {
    admit(request, route) {
      if (!admission.mayAsk(source.addressOf(request), route?.times?.())) {
        const error = 'Too many requests from this address; wait some seconds';
        return refusal(429, error, [['Retry-After', retryAfter(random)]]);
      }
      return origins.knownHost(headerOf(request, 'host')) ? undefined : refusal(421, unknownHost);
    },
    notFound: () =>
      jsonAnswer(404, { error: 'Try /, /health, /symbols, /sources, POST /session or the socket at /ws' }),
    finish: (answer) => ({ ...answer, headers: [...securityHeaders, ...answer.headers] }),
    failed: (error) => barrier.requestFailed(error),
  });
  return origins.origins.length === 0 ? dispatch : withCors(dispatch, corsRules(origins));
}

const unknownHost = 'This hub does not know itself by this name; TICKWIRE_HOSTS names those that it has';

function routesOf(deps: HttpDeps): readonly Route[] {
  const { authenticator, operatorToken, nodes, random } = deps;
  const forIdentified = (serve: ServeIdentified): Handler => guarded(authenticator, serve);
  const session = guarded(authenticator, createSessionRoute(deps));
  return [
    ...restrictedRoutes(deps),
    {
      ...{ method: 'GET', path: '/symbols', times: () => deps.symbols.times },
      handle: forIdentified((identity, request) => symbolsFor(identity, request, deps)),
    },
    {
      ...{ method: 'GET', path: socketPath },
      handle: () => jsonAnswer(426, { error: 'This is a WebSocket endpoint' }, upgradeHeaders),
    },
    {
      ...{ method: 'POST', path: '/session', takesBody: true },
      handle: traced('POST', '/session', session, deps.tracer),
    },
    ...[...deps.page].map(
      ([path, file]): Route => ({
        ...{ method: 'GET', path },
        handle: (request) => fileAnswer(file, request, deps.origins.secure),
      }),
    ),
    ...(operatorToken === undefined ? [] : serviceRoutes({ nodes, operatorToken, random })),
  ];
}

/** Its span has no end, and is not exported, where the handler has a bug. */
function traced(method: 'POST', path: string, handle: Handler, tracer: Tracer): Handler {
  return async (request, parameters) => {
    const trace = traceRequest(tracer, request, method, path);
    const answer = await handle(request, parameters);
    trace.answered(answer.status);
    return answer;
  };
}

async function symbolsFor(
  identity: Parameters<ServeIdentified>[0],
  request: HttpRequest,
  deps: HttpDeps,
): Promise<HttpAnswer> {
  const body = await deps.symbols.bodyFor(identity, queryValueOf(request, 'after'));
  if (body !== undefined) return jsonBytes(200, body, [cachingOf(deps)]);
  const error = 'Your list of symbols is being made, or too many others; ask for one at a time, later';
  return jsonAnswer(429, { error }, [['Retry-After', retryAfter(deps.random)]]);
}

/** What a token is needed for is nothing for a cache between. */
function cachingOf({ authenticator }: HttpDeps): HttpHeader {
  return authenticator.anonymous === undefined ? uncached : cachedForAll;
}

function fileAnswer(file: PageFile, request: HttpRequest, secure: boolean): HttpAnswer {
  const headers: readonly HttpHeader[] = [
    // Half a year; never without TLS, where it would be ignored at best.
    ...(secure ? [['Strict-Transport-Security', 'max-age=15552000'] as const] : []),
    ['ETag', file.etag],
    cachedFile,
  ];
  if (headerOf(request, 'if-none-match') === file.etag) return { status: 304, headers };
  return { status: 200, headers: [...headers, ['Content-Type', file.contentType]], body: file.body };
}
