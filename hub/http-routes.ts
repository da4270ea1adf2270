import type uWS from 'uWebSockets.js';
import { type Directory, FanoutError } from '#fanout/ports.ts';
import type { Admission } from './admission.ts';
import type { Authenticator } from './auth/authenticator.ts';
import { guarded, type ServeIdentified } from './auth/http-guard.ts';
import type { Catalogue } from './catalogue.ts';
import type { RequestSource } from './request-source.ts';
import { securityHeaders } from './security-headers.ts';

/** A file of the first page, ready to be sent. */
export interface PageFile {
  readonly contentType: string;
  readonly body: Buffer;
  readonly etag: string;
}

export interface HttpDeps {
  /** Who may see what the hub has; its health and the page are everybody's. */
  readonly authenticator: Authenticator;
  readonly catalogue: Catalogue;
  readonly directory: Directory;
  /** What `GET /health` shows. */
  readonly health: () => Record<string, unknown>;
  /** Path → file; `/` is the page. */
  readonly page: ReadonlyMap<string, PageFile>;
  readonly admission: Pick<Admission, 'mayAsk'>;
  readonly source: RequestSource;
  /** Whether clients come by TLS. */
  readonly secure: boolean;
}

type Handler = (response: uWS.HttpResponse, request: uWS.HttpRequest) => void;

/** Adds the HTTP endpoints of the hub to `app`. */
export function serveHttp(app: uWS.TemplatedApp, deps: HttpDeps): void {
  const get = (path: string, handler: Handler): void => void app.get(path, limited(handler, deps));
  const forIdentified = (serve: ServeIdentified): Handler =>
    guarded(deps.authenticator, serve, (response, status, error, headers) =>
      sendJson(response, status, { error }, headers),
    );
  get('/health', (response) => sendJson(response, '200 OK', deps.health()));
  get(
    '/symbols',
    forIdentified((response, { entitlements }) => {
      const symbols = deps.catalogue.entries.filter(({ symbol }) => entitlements.allows(symbol));
      sendJson(response, '200 OK', { symbols });
    }),
  );
  get(
    '/sources',
    forIdentified((response) => void sendSources(response, deps.directory)),
  );
  get('/ws', (response) =>
    sendJson(response, '426 Upgrade Required', { error: 'This is a WebSocket endpoint' }),
  );
  for (const [path, file] of deps.page)
    get(path, (response, request) =>
      sendFile(response, file, request.getHeader('if-none-match'), deps.secure),
    );
  const known = new Set(['/health', '/symbols', '/sources', '/ws', ...deps.page.keys()]);
  const others: Handler = (response, request) => {
    if (known.has(request.getUrl()))
      sendJson(response, '405 Method Not Allowed', { error: 'Only GET is answered here' });
    else
      sendJson(response, '404 Not Found', {
        error: 'Try /, /health, /symbols, /sources or the socket at /ws',
      });
  };
  app.any('/*', limited(others, deps));
}

/** Nothing here wants a body, so one is not waited for: its request is refused and the connection closed. */
function limited(handler: Handler, { admission, source }: HttpDeps): Handler {
  return (response, request) => {
    if (!admission.mayAsk(source.addressOf(response, request)))
      refuse(response, '429 Too Many Requests', 'Too many requests from this address; wait some seconds');
    else if (hasBody(request))
      refuse(response, '413 Payload Too Large', 'Send no body: only GET is answered here');
    else handler(response, request);
  };
}

function hasBody(request: uWS.HttpRequest): boolean {
  const length = request.getHeader('content-length');
  return (length !== '' && length !== '0') || request.getHeader('transfer-encoding') !== '';
}

function refuse(response: uWS.HttpResponse, status: string, error: string): void {
  response.cork(() => {
    response.writeStatus(status);
    for (const [name, value] of securityHeaders) response.writeHeader(name, value);
    response.writeHeader('Retry-After', '5').writeHeader('Content-Type', 'application/json');
    response.end(JSON.stringify({ error }), true);
  });
}

async function sendSources(response: uWS.HttpResponse, directory: Directory): Promise<void> {
  let aborted = false;
  response.onAborted(() => {
    aborted = true;
  });
  const [status, body] = await readSources(directory);
  if (!aborted) sendJson(response, status, body);
}

async function readSources(directory: Directory): Promise<[string, unknown]> {
  try {
    return ['200 OK', { sources: await directory.sources() }];
  } catch (error) {
    if (!(error instanceof FanoutError)) throw error;
    return [
      '503 Service Unavailable',
      { error: 'The sources can not be read just now; try again in a few seconds' },
    ];
  }
}

function sendJson(
  response: uWS.HttpResponse,
  status: string,
  body: unknown,
  headers: readonly (readonly [string, string])[] = [],
): void {
  response.cork(() => {
    response.writeStatus(status);
    for (const [name, value] of [...securityHeaders, ...headers]) response.writeHeader(name, value);
    response.writeHeader('Content-Type', 'application/json').end(JSON.stringify(body));
  });
}

function sendFile(response: uWS.HttpResponse, file: PageFile, knownTag: string, secure: boolean): void {
  response.cork(() => {
    response.writeStatus(knownTag === file.etag ? '304 Not Modified' : '200 OK');
    for (const [name, value] of securityHeaders) response.writeHeader(name, value);
    // Half a year; never without TLS, where it would be ignored at best.
    if (secure) response.writeHeader('Strict-Transport-Security', 'max-age=15552000');
    response.writeHeader('ETag', file.etag).writeHeader('Cache-Control', 'no-cache');
    if (knownTag === file.etag) response.endWithoutBody();
    else response.writeHeader('Content-Type', file.contentType).end(file.body);
  });
}
