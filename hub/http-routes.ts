import type uWS from 'uWebSockets.js';
import type { NodeRegistry } from '#fanout/node-ports.ts';
import type { Tracer } from '#runtime/tracer.ts';
import type { Admission } from './admission.ts';
import type { Authenticator } from './auth/authenticator.ts';
import { guarded, type ServeIdentified } from './auth/http-guard.ts';
import {
  answerLater,
  cachedFile,
  cachedForAll,
  type HttpHeader,
  jsonType,
  refuseRequest,
  sendBody,
  sendJson,
  sendWithoutBody,
  uncached,
} from './http-answers.ts';
import { createServiceRoutes } from './nodes/service-routes.ts';
import { createSessionRoute } from './nodes/session-route.ts';
import type { TicketDesk } from './nodes/ticket-desk.ts';
import type { RequestSource } from './request-source.ts';
import { traceRequest } from './request-trace.ts';
import { retryAfter } from './retry-after.ts';
import type { SourceList } from './source-list.ts';
import type { SymbolList } from './symbol-list.ts';

/** A file of the first page, ready to be sent. */
export interface PageFile {
  readonly contentType: string;
  readonly body: Buffer;
  readonly etag: string;
}

export interface HttpDeps {
  /** Who may see what the hub has; its health and the page are everybody's. */
  readonly authenticator: Authenticator;
  readonly symbols: SymbolList;
  readonly sources: SourceList;
  readonly desk: Pick<TicketDesk, 'open'>;
  readonly nodes: NodeRegistry;
  /** Undefined: the registry of nodes is not served. */
  readonly operatorToken: string | undefined;
  /** What `GET /health` shows. */
  readonly health: () => Record<string, unknown>;
  /** Path → file; `/` is the page. */
  readonly page: ReadonlyMap<string, PageFile>;
  readonly admission: Pick<Admission, 'mayAsk'>;
  readonly source: RequestSource;
  /** Whether clients come by TLS. */
  readonly secure: boolean;
  readonly tracer: Tracer;
  /** 0 … 1 */
  readonly random: () => number;
}

type Handler = (response: uWS.HttpResponse, request: uWS.HttpRequest) => void;

/** Adds the HTTP endpoints of the hub to `app`. */
export function serveHttp(app: uWS.TemplatedApp, deps: HttpDeps): void {
  const get = (path: string, handler: Handler, times?: () => number): void =>
    void app.get(path, limited(handler, deps, times));
  const forIdentified = (serve: ServeIdentified): Handler =>
    guarded(deps.authenticator, serve, (response, status, error, headers) =>
      sendJson(response, status, { error }, headers),
    );
  get('/health', (response) => sendJson(response, '200 OK', deps.health(), [uncached]));
  const caching = deps.authenticator.anonymous === undefined ? uncached : cachedForAll;
  get(
    '/symbols',
    forIdentified((response, identity) =>
      answerLater(response, deps.symbols.bodyFor(identity), (body) =>
        sendSymbols(response, body, caching, deps),
      ),
    ),
    () => deps.symbols.times,
  );
  get(
    '/sources',
    forIdentified((response) =>
      answerLater(response, deps.sources.read(), ([status, body]) =>
        sendBody(response, status, body, [jsonType, status === '200 OK' ? caching : uncached]),
      ),
    ),
  );
  get('/ws', (response) =>
    sendJson(response, '426 Upgrade Required', { error: 'This is a WebSocket endpoint' }),
  );
  for (const [path, file] of deps.page)
    get(path, (response, request) =>
      sendFile(response, file, request.getHeader('if-none-match'), deps.secure),
    );
  app.post('/session', limited(openSession(deps), deps));
  serveServices(app, deps);
  const known = new Set(['/health', '/symbols', '/sources', '/ws', ...deps.page.keys()]);
  const others: Handler = (response, request) => {
    const path = request.getUrl();
    if (known.has(path)) sendJson(response, '405 Method Not Allowed', { error: 'Only GET is answered here' });
    else if (path === '/session')
      sendJson(response, '405 Method Not Allowed', { error: 'Only POST is answered here' });
    else
      sendJson(response, '404 Not Found', {
        error: 'Try /, /health, /symbols, /sources, POST /session or the socket at /ws',
      });
  };
  app.any('/*', limited(others, deps));
}

/** Its span has no end, and is not exported, when the client leaves before the answer. */
function openSession(deps: HttpDeps): Handler {
  return (response, request) => {
    const { answered } = traceRequest(deps.tracer, request, 'POST', '/session');
    const serve = createSessionRoute({ ...deps, answered });
    guarded(deps.authenticator, serve, (refused, status, error, headers) => {
      sendJson(refused, status, { error }, headers);
      answered(status);
    })(response, request);
  };
}

function serveServices(app: uWS.TemplatedApp, deps: HttpDeps): void {
  const { nodes, operatorToken, random } = deps;
  if (operatorToken === undefined) return;
  const routes = createServiceRoutes({ nodes, operatorToken, random });
  const wrongMethod: Handler = (response) =>
    sendJson(response, '405 Method Not Allowed', {
      error: 'Here are GET and POST /services/{service}, and DELETE /services/{service}/{instance}',
    });
  app.post('/services/:service', paced(routes.post, deps));
  app.get('/services/:service', limited(routes.get, deps));
  app.del('/services/:service/:instance', limited(routes.delete, deps));
  for (const path of ['/services/:service', '/services/:service/:instance'])
    app.any(path, limited(wrongMethod, deps));
}

/**
 * Where no body is wanted, one is not waited for: its request is refused and the connection closed.
 * @param times as how many requests one counts
 */
function limited(handler: Handler, deps: HttpDeps, times = () => 1): Handler {
  const withoutBody: Handler = (response, request) => {
    if (hasBody(request)) refuseRequest(response, '413 Payload Too Large', 'Send no body: none is read here');
    else handler(response, request);
  };
  return paced(withoutBody, deps, times);
}

function paced(handler: Handler, { admission, source, random }: HttpDeps, times = () => 1): Handler {
  return (response, request) => {
    if (admission.mayAsk(source.addressOf(response, request), times())) handler(response, request);
    else
      refuseRequest(
        response,
        '429 Too Many Requests',
        'Too many requests from this address; wait some seconds',
        [['Retry-After', retryAfter(random)]],
      );
  };
}

function hasBody(request: uWS.HttpRequest): boolean {
  const length = request.getHeader('content-length');
  return (length !== '' && length !== '0') || request.getHeader('transfer-encoding') !== '';
}

function sendSymbols(
  response: uWS.HttpResponse,
  body: Buffer | undefined,
  caching: HttpHeader,
  { random }: HttpDeps,
): void {
  if (body !== undefined) sendBody(response, '200 OK', body, [jsonType, caching]);
  else
    sendJson(
      response,
      '429 Too Many Requests',
      { error: 'Your list of symbols is being made, or too many others; ask for one at a time, later' },
      [['Retry-After', retryAfter(random)]],
    );
}

function sendFile(response: uWS.HttpResponse, file: PageFile, knownTag: string, secure: boolean): void {
  const headers = [
    // Half a year; never without TLS, where it would be ignored at best.
    ...(secure ? [['Strict-Transport-Security', 'max-age=15552000'] as const] : []),
    ['ETag', file.etag] as const,
    cachedFile,
  ];
  if (knownTag !== file.etag)
    sendBody(response, '200 OK', file.body, [...headers, ['Content-Type', file.contentType]]);
  else sendWithoutBody(response, '304 Not Modified', headers);
}
